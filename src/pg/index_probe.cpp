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
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace evolve::pg {
namespace {

constexpr std::size_t most_keys = 2;

Oid relation(Oid schema, const char* name) {
    const Oid found = get_relname_relid(name, schema);
    if (!OidIsValid(found))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation evolve.%s does not exist", name)));
    return found;
}

RegProcedure comparison(ProbeKey::Kind kind) {
    switch (kind) {
        case ProbeKey::Kind::text:
            return F_TEXTEQ;
        case ProbeKey::Kind::uuid:
            return F_UUID_EQ;
        case ProbeKey::Kind::bytea:
            return F_BYTEAEQ;
        case ProbeKey::Kind::time_at_most:
            return F_TIMESTAMPTZ_LE;
    }
    return InvalidOid;
}

void copy_columns(TupleTableSlot* slot, std::span<const char* const> columns, std::span<SqlValue> values) {
    const TupleDesc descriptor = slot->tts_tupleDescriptor;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        int place = 0;
        while (place < descriptor->natts &&
               std::strcmp(NameStr(TupleDescAttr(descriptor, place)->attname), columns[i]) != 0)
            ++place;
        if (place == descriptor->natts)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column %s does not exist", columns[i])));
        const FormData_pg_attribute& column = *TupleDescAttr(descriptor, place);
        const Datum value = slot_getattr(slot, place + 1, &values[i].is_null);
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

bool probe(const Probe& probe, std::span<const char* const> columns, std::span<SqlValue> values) {
    const auto count = static_cast<int>(probe.keys.size());
    if (probe.keys.size() > most_keys) throw Error(ErrorCode::internal, "too many keys for an index");
    return call([&] {
        const Oid schema = get_namespace_oid("evolve", false);
        Relation const table = table_open(relation(schema, probe.table), AccessShareLock);
        Relation const index = index_open(relation(schema, probe.index), AccessShareLock);
        ScanKeyData keys[most_keys];
        for (int i = 0; i < count; ++i) {
            const ProbeKey& key = probe.keys[static_cast<std::size_t>(i)];
            const bool at_most = key.kind == ProbeKey::Kind::time_at_most;
            ScanKeyInit(&keys[i], static_cast<AttrNumber>(i + 1),
                        at_most ? BTLessEqualStrategyNumber : BTEqualStrategyNumber, comparison(key.kind), key.value);
            keys[i].sk_collation = index->rd_indcollation[i];
        }
        TupleTableSlot* const slot = table_slot_create(table, nullptr);
        IndexScanDesc const scan = begin_scan(table, index, count);
        index_rescan(scan, keys, count, nullptr, 0);
        const bool found = index_getnext_slot(scan, probe.last ? BackwardScanDirection : ForwardScanDirection, slot);
        if (found) copy_columns(slot, columns, values);
        index_endscan(scan);
        ExecDropSingleTupleTableSlot(slot);
        index_close(index, AccessShareLock);
        table_close(table, AccessShareLock);
        return found;
    });
}

}  // namespace evolve::pg
