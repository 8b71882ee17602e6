#include "pg/index_probe.hpp"

#include <cstring>

extern "C" {
#include "access/genam.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
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

IndexScanDesc begin_scan(Relation table, Relation index, int keys) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, GetActiveSnapshot(), nullptr, keys, 0);
#else
    return index_beginscan(table, index, GetActiveSnapshot(), keys, 0);
#endif
}

}  // namespace

void probe(ProbePlace& place, std::span<const std::array<Datum, most_probe_keys>> keys, bool last,
           std::span<SqlValue> rows, std::span<bool> found) {
    const std::size_t columns = place.column_count;
    if (rows.size() != columns * keys.size() || found.size() != keys.size())
        throw Error(ErrorCode::internal, "a probe got another number of values");
    call([&] {
        Relation const table = open_table(place);
        Relation const index = index_open(place.index_oid, AccessShareLock);
        TupleTableSlot* const slot = table_slot_create(table, nullptr);
        ScanKeyData scan_keys[most_probe_keys];
        const int count = make_keys(place, keys[0], index, scan_keys);
        IndexScanDesc const scan = begin_scan(table, index, count);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (i > 0) make_keys(place, keys[i], index, scan_keys);
            index_rescan(scan, scan_keys, count, nullptr, 0);
            found[i] = index_getnext_slot(scan, last ? BackwardScanDirection : ForwardScanDirection, slot);
            if (found[i]) copy_columns(place, slot, &rows[i * columns]);
        }
        index_endscan(scan);
        ExecDropSingleTupleTableSlot(slot);
        index_close(index, AccessShareLock);
        table_close(table, AccessShareLock);
    });
}

}  // namespace evolve::pg
