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
    for (std::size_t i = 0; i < place.column_count; ++i)
        place.attributes[i] = attribute(RelationGetDescr(table), place.columns[i]);
    place.index_oid = relation(schema, place.index);
    look_at_keys(place, table);
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

uint32 hash_of(ProbeKey kind, Datum value) {
    if (kind == ProbeKey::uuid)
        return hash_bytes(reinterpret_cast<unsigned char*>(DatumGetPointer(value)), sizeof(Uuid));
    const struct varlena* const bytes = PG_DETOAST_DATUM_PACKED(value);
    return hash_bytes(reinterpret_cast<const unsigned char*>(VARDATA_ANY(bytes)),
                      static_cast<int>(VARSIZE_ANY_EXHDR(bytes)));
}

ItemPointerData* remembered(ProbePlace& place, const std::array<Datum, most_probe_keys>& keys) {
    if (!place.unique) return nullptr;
    uint32 hash = hash_of(place.keys[0], keys[0]);
    if (place.keys[1] != ProbeKey::none) hash = hash_combine(hash, hash_of(place.keys[1], keys[1]));
    return &place.rows[hash % remembered_rows];
}

// Whether the row is where it was: as it is seen now, and with these keys.
bool still_there(const ProbePlace& place, Relation table, const std::array<Datum, most_probe_keys>& keys,
                 ItemPointerData* row, TupleTableSlot* slot) {
    if (row == nullptr || !ItemPointerIsValid(row) ||
        ItemPointerGetBlockNumber(row) >= RelationGetNumberOfBlocks(table) ||
        !table_tuple_fetch_row_version(table, row, GetActiveSnapshot(), slot))
        return false;
    for (std::size_t i = 0; i < most_probe_keys && place.keys[i] != ProbeKey::none; ++i) {
        bool null = false;
        const Datum value = slot_getattr(slot, place.key_attributes[i], &null);
        const int length = place.keys[i] == ProbeKey::uuid ? static_cast<int>(sizeof(Uuid)) : -1;
        if (null || !datum_image_eq(value, keys[i], false, length)) return false;
    }
    return true;
}

IndexScanDesc begin_scan(Relation table, Relation index, int keys) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, GetActiveSnapshot(), nullptr, keys, 0);
#else
    return index_beginscan(table, index, GetActiveSnapshot(), keys, 0);
#endif
}

bool find_by_index(const ProbePlace& place, Relation table, const std::array<Datum, most_probe_keys>& keys, bool last,
                   TupleTableSlot* slot) {
    Relation const index = index_open(place.index_oid, AccessShareLock);
    ScanKeyData scan_keys[most_probe_keys];
    const int count = make_keys(place, keys, index, scan_keys);
    IndexScanDesc const scan = begin_scan(table, index, count);
    index_rescan(scan, scan_keys, count, nullptr, 0);
    const bool found = index_getnext_slot(scan, last ? BackwardScanDirection : ForwardScanDirection, slot);
    index_endscan(scan);
    index_close(index, AccessShareLock);
    return found;
}

}  // namespace

void probe(ProbePlace& place, std::span<const std::array<Datum, most_probe_keys>> keys, bool last,
           std::span<SqlValue> rows, std::span<bool> found) {
    const std::size_t columns = place.column_count;
    if (rows.size() != columns * keys.size() || found.size() != keys.size())
        throw Error(ErrorCode::internal, "a probe got another number of values");
    call([&] {
        Relation const table = open_table(place);
        TupleTableSlot* const slot = table_slot_create(table, nullptr);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            ItemPointerData* const row = remembered(place, keys[i]);
            found[i] = still_there(place, table, keys[i], row, slot);
            if (!found[i]) {
                found[i] = find_by_index(place, table, keys[i], last, slot);
                if (found[i] && row != nullptr) *row = slot->tts_tid;
            }
            if (found[i]) copy_columns(place, slot, &rows[i * columns]);
            ExecClearTuple(slot);
        }
        ExecDropSingleTupleTableSlot(slot);
        table_close(table, AccessShareLock);
    });
}

}  // namespace evolve::pg
