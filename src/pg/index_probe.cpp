#include "pg/index_probe.hpp"

#include <cstring>

#include "core/base/uuid.hpp"

extern "C" {
#include "access/genam.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace evolve::pg {
namespace {

ProbePlace* all_places = nullptr;

void relation_changed(Datum /*argument*/, Oid relation) {
    for (ProbePlace* place = all_places; place != nullptr; place = place->next)
        if (relation == InvalidOid || relation == place->table_oid || relation == place->index_oid)
            place->current = false;
}

void schema_changed(Datum /*argument*/, int /*cache*/, uint32 /*hash*/) { relation_changed(0, InvalidOid); }

void enlist(ProbePlace& place) {
    if (all_places == nullptr) {
        CacheRegisterRelcacheCallback(relation_changed, 0);
        CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, 0);
    }
    place.next = all_places;
    place.listed = true;
    all_places = &place;
}

Oid relation(Oid schema, const char* name) {
    const Oid found = get_relname_relid(name, schema);
    if (!OidIsValid(found))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation evolve.%s does not exist", name)));
    return found;
}

int attribute(TupleDesc descriptor, const char* name) {
    for (int place = 0; place < descriptor->natts; ++place) {
        const FormData_pg_attribute& column = *TupleDescAttr(descriptor, place);
        if (!column.attisdropped && std::strcmp(NameStr(column.attname), name) == 0) return place;
    }
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column %s does not exist", name)));
    return -1;
}

// A unique key finds one row at most: a row that is seen and has the key is it, whatever index leads there.
void look_at_keys(ProbePlace& place, Relation table) {
    Relation const index = index_open(place.index_oid, AccessShareLock);
    int count = 0;
    bool equal = true;
    for (std::size_t i = 0; i < most_probe_keys && place.keys[i] != ProbeKey::none; ++i, ++count) {
        equal = equal && place.keys[i] != ProbeKey::time_at_most;
        place.key_attributes[i] = index->rd_index->indkey.values[i];
        equal = equal && place.key_attributes[i] > 0;
    }
    place.unique = equal && index->rd_index->indisunique && index->rd_index->indimmediate &&
                   index->rd_index->indisvalid && index->rd_index->indnkeyatts == count &&
                   table->rd_rel->relam == HEAP_TABLE_AM_OID;
    for (ItemPointerData& row : place.rows) ItemPointerSetInvalid(&row);
    index_close(index, AccessShareLock);
}

// The table, locked; where its index and columns are is known after it.
Relation open_table(ProbePlace& place) {
    if (place.current && place.index_oid != InvalidOid) {
        Relation const table = try_table_open(place.table_oid, AccessShareLock);
        if (table != nullptr && place.current) return table;  // the lock let changes come in
        if (table != nullptr) table_close(table, AccessShareLock);
    }
    if (!place.listed) enlist(place);
    place.index_oid = InvalidOid;  // until all is found
    const Oid schema = get_namespace_oid("evolve", false);
    place.table_oid = relation(schema, place.table);
    Relation const table = table_open(place.table_oid, AccessShareLock);
    place.current = true;
    for (std::size_t i = 0; i < place.column_count; ++i) {
        place.attributes[i] = attribute(RelationGetDescr(table), place.columns[i]);
        const FormData_pg_attribute& column = *TupleDescAttr(RelationGetDescr(table), place.attributes[i]);
        place.layouts[i] = {.by_value = column.attbyval, .length = column.attlen};
    }
    place.index_oid = relation(schema, place.index);
    look_at_keys(place, table);
    if (place.keep) place.kept.begin(table, place.unique);
    return table;
}

RegProcedure comparison(ProbeKey kind) {
    switch (kind) {
        case ProbeKey::text:
            return F_TEXTEQ;
        case ProbeKey::uuid:
            return F_UUID_EQ;
        case ProbeKey::bytea:
            return F_BYTEAEQ;
        case ProbeKey::time_at_most:
            return F_TIMESTAMPTZ_LE;
        case ProbeKey::none:
            break;
    }
    return InvalidOid;
}

int make_keys(const ProbePlace& place, const std::array<Datum, most_probe_keys>& values, Relation index,
              ScanKeyData* keys) {
    int count = 0;
    for (std::size_t i = 0; i < most_probe_keys && place.keys[i] != ProbeKey::none; ++i, ++count) {
        const bool at_most = place.keys[i] == ProbeKey::time_at_most;
        ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(i + 1),
                               at_most ? BTLessEqualStrategyNumber : BTEqualStrategyNumber, InvalidOid,
                               index->rd_indcollation[i], comparison(place.keys[i]), values[i]);
    }
    return count;
}

void copy_columns(const ProbePlace& place, TupleTableSlot* slot, SqlValue* values) {
    for (std::size_t i = 0; i < place.column_count; ++i) {
        const FormData_pg_attribute& column = *TupleDescAttr(slot->tts_tupleDescriptor, place.attributes[i]);
        const Datum value = slot_getattr(slot, column.attnum, &values[i].is_null);
        if (!values[i].is_null) values[i].value = datumCopy(value, column.attbyval, column.attlen);
    }
}

std::span<const unsigned char> bytes_of(ProbeKey kind, Datum key) {
    if (kind == ProbeKey::uuid) return {reinterpret_cast<unsigned char*>(DatumGetPointer(key)), sizeof(Uuid)};
    const struct varlena* const bytes = PG_DETOAST_DATUM_PACKED(key);
    return {reinterpret_cast<const unsigned char*>(VARDATA_ANY(bytes)), VARSIZE_ANY_EXHDR(bytes)};
}

uint32 hash_of(ProbeKey kind, Datum key) {
    const std::span<const unsigned char> bytes = bytes_of(kind, key);
    return hash_bytes(bytes.data(), static_cast<int>(bytes.size()));
}

ItemPointerData* remembered(ProbePlace& place, const std::array<Datum, most_probe_keys>& keys) {
    if (!place.unique) return nullptr;
    uint32 hash = hash_of(place.keys[0], keys[0]);
    if (place.keys[1] != ProbeKey::none) hash = hash_combine(hash, hash_of(place.keys[1], keys[1]));
    return &place.rows[hash % remembered_rows];
}

// Whether the row is where it was: as it is seen now, and with these keys.
bool still_there(const ProbePlace& place, Relation table, const std::array<Datum, most_probe_keys>& keys,
                 ItemPointerData* row, Snapshot snapshot, TupleTableSlot* slot) {
    if (row == nullptr || !ItemPointerIsValid(row) ||
        ItemPointerGetBlockNumber(row) >= RelationGetNumberOfBlocks(table) ||
        !table_tuple_fetch_row_version(table, row, snapshot, slot))
        return false;
    for (std::size_t i = 0; i < most_probe_keys && place.keys[i] != ProbeKey::none; ++i) {
        bool null = false;
        const Datum value = slot_getattr(slot, place.key_attributes[i], &null);
        const int length = place.keys[i] == ProbeKey::uuid ? static_cast<int>(sizeof(Uuid)) : -1;
        if (null || !datum_image_eq(value, keys[i], false, length)) return false;
    }
    return true;
}

enum class Wanted : std::uint8_t { first, last, first_after_time };  // of the rows with the keys

bool find_by_index(const ProbePlace& place, Relation table, const std::array<Datum, most_probe_keys>& keys,
                   Wanted wanted, Snapshot snapshot, TupleTableSlot* slot) {
    Relation const index = index_open(place.index_oid, AccessShareLock);
    ScanKeyData scan_keys[most_probe_keys];
    const int count = make_keys(place, keys, index, scan_keys);
    if (wanted == Wanted::first_after_time)
        ScanKeyEntryInitialize(&scan_keys[1], 0, 2, BTGreaterStrategyNumber, InvalidOid, index->rd_indcollation[1],
                               F_TIMESTAMPTZ_GT, keys[1]);
    IndexScanDesc const scan = begin_index_scan(table, index, snapshot, count);
    index_rescan(scan, scan_keys, count, nullptr, 0);
    const auto direction = wanted == Wanted::last ? BackwardScanDirection : ForwardScanDirection;
    const bool found = index_getnext_slot(scan, direction, slot);
    index_endscan(scan);
    index_close(index, AccessShareLock);
    return found;
}

struct KeyBytes {
    unsigned char data[256];
    std::size_t size;  // 0: too long to be kept
};

// What kept rows are found by: the keys but for the time.
KeyBytes joined(const ProbePlace& place, const std::array<Datum, most_probe_keys>& keys) {
    KeyBytes joined;
    joined.size = 0;
    for (std::size_t i = 0; i < most_probe_keys && place.keys[i] != ProbeKey::none; ++i) {
        if (place.keys[i] == ProbeKey::time_at_most) break;
        const std::span<const unsigned char> bytes = bytes_of(place.keys[i], keys[i]);
        if (joined.size + bytes.size() > sizeof joined.data) return {.data = {}, .size = 0};
        std::memcpy(joined.data + joined.size, bytes.data(), bytes.size());
        joined.size += bytes.size();
    }
    return joined;
}

bool by_time(const ProbePlace& place) { return place.keys[1] == ProbeKey::time_at_most; }

// All that is asked for out of what is kept; false when something is not there.
bool all_kept(const ProbePlace& place, std::span<const std::array<Datum, most_probe_keys>> keys, SqlValue* rows,
              bool* found) {
    if (!place.current || !place.kept.announced()) return false;
    const std::span<const ColumnLayout> columns(place.layouts.data(), place.column_count);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const KeyBytes key = joined(place, keys[i]);
        const std::int64_t time = by_time(place) ? DatumGetTimestampTz(keys[i][1]) : 0;
        const KeptRows::Answer answer = place.kept.find({key.data, key.size}, time, columns, &rows[i * columns.size()]);
        if (!answer.known) return false;
        found[i] = answer.found;
    }
    return true;
}

void read_rows(ProbePlace& place, Relation table, std::span<const std::array<Datum, most_probe_keys>> keys, bool last,
               Snapshot snapshot, TupleTableSlot* slot, SqlValue* rows, bool* found) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ItemPointerData* const row = remembered(place, keys[i]);
        found[i] = still_there(place, table, keys[i], row, snapshot, slot);
        if (!found[i]) {
            found[i] = find_by_index(place, table, keys[i], last ? Wanted::last : Wanted::first, snapshot, slot);
            if (found[i] && row != nullptr) *row = slot->tts_tid;
        }
        if (found[i]) copy_columns(place, slot, &rows[i * place.column_count]);
        ExecClearTuple(slot);
    }
}

// When the row after that of a time begins to count.
std::int64_t end_of_time(const ProbePlace& place, Relation table, const std::array<Datum, most_probe_keys>& keys,
                         Snapshot snapshot, TupleTableSlot* slot) {
    bool null = false;
    return find_by_index(place, table, keys, Wanted::first_after_time, snapshot, slot)
               ? DatumGetTimestampTz(slot_getattr(slot, place.key_attributes[1], &null))
               : PG_INT64_MAX;
}

// What is kept must not be older than what the session has been told of: all that is committed now is seen. A row with
// a time is kept from that of the question to the end: earlier ones are asked for again.
void read_and_keep(ProbePlace& place, Relation table, std::span<const std::array<Datum, most_probe_keys>> keys,
                   bool last, SqlValue* rows, bool* found) {
    Snapshot const snapshot = RegisterSnapshot(GetLatestSnapshot());
    TupleTableSlot* const slot = table_slot_create(table, nullptr);
    const std::span<const ColumnLayout> columns(place.layouts.data(), place.column_count);
    read_rows(place, table, keys, last, snapshot, slot, rows, found);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const KeyBytes bytes = joined(place, keys[i]);
        if (bytes.size == 0 || (!found[i] && !by_time(place))) continue;
        KeptKey key{.bytes = {bytes.data, bytes.size}};
        if (by_time(place)) {
            key.from = DatumGetTimestampTz(keys[i][1]);
            key.until = end_of_time(place, table, keys[i], snapshot, slot);
        }
        place.kept.keep(key, columns, found[i], &rows[i * columns.size()]);
    }
    ExecDropSingleTupleTableSlot(slot);
    UnregisterSnapshot(snapshot);
}

}  // namespace

IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
    return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

void probe(ProbePlace& place, std::span<const std::array<Datum, most_probe_keys>> keys, bool last,
           std::span<SqlValue> rows, std::span<bool> found) {
    const std::size_t columns = place.column_count;
    if (rows.size() != columns * keys.size() || found.size() != keys.size())
        throw Error(ErrorCode::internal, "a probe got another number of values");
    call([&] {
        const bool keep = place.keep && may_use_kept_rows();
        if (keep && all_kept(place, keys, rows.data(), found.data())) return;
        Relation const table = open_table(place);
        if (keep && place.kept.announced()) {
            read_and_keep(place, table, keys, last, rows.data(), found.data());
        } else {
            TupleTableSlot* const slot = table_slot_create(table, nullptr);
            read_rows(place, table, keys, last, GetActiveSnapshot(), slot, rows.data(), found.data());
            ExecDropSingleTupleTableSlot(slot);
        }
        table_close(table, AccessShareLock);
    });
}

}  // namespace evolve::pg
