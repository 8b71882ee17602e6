#include "pg/packs.hpp"

#include <array>

#include "pg/market.hpp"

extern "C" {
#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
}

namespace evolve::pg {
namespace {

// Of evolve.market_bars as it is now, whatever the snapshot sees: a table that was rewritten or truncated is another
// one.
struct TableFacts {
    Oid relation, file;
    bool plain, hidden_rows, readable;
};

TableFacts table_facts() {
    return call([] {
        TableFacts facts{};
        RangeVar name{};
        name.type = T_RangeVar;
        name.schemaname = const_cast<char*>("evolve");
        name.relname = const_cast<char*>("market_bars");
        name.relpersistence = RELPERSISTENCE_PERMANENT;
        facts.relation = RangeVarGetRelid(&name, AccessShareLock, true);
        if (!OidIsValid(facts.relation)) return facts;
        Relation const table = relation_open(facts.relation, NoLock);
        const Form_pg_class row = table->rd_rel;
        facts.file = row->relfilenode;
        facts.plain = row->relkind == RELKIND_RELATION && row->relpersistence == RELPERSISTENCE_PERMANENT &&
                      !row->relispartition && !row->relhassubclass;
        facts.hidden_rows = check_enable_rls(facts.relation, InvalidOid, true) == RLS_ENABLED;
        facts.readable = pg_class_aclcheck(facts.relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
        relation_close(table, NoLock);
        return facts;
    });
}

constexpr std::array<const char*, 3> pack_tables{"packed_series", "packed_bars", "packed_changes"};

AclResult usage_of_schema(Oid schema) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE);
#else
    return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE);
#endif
}

bool pack_tables_are_readable() {
    return call([] {
        const Oid schema = get_namespace_oid("evolve", true);
        if (!OidIsValid(schema) || usage_of_schema(schema) != ACLCHECK_OK) return false;
        for (const char* const name : pack_tables) {
            const Oid table = get_relname_relid(name, schema);
            if (!OidIsValid(table) || pg_class_aclcheck(table, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
                check_enable_rls(table, InvalidOid, true) == RLS_ENABLED)
                return false;
        }
        return true;
    });
}

// In the snapshot of the caller, so that it sees a trigger switched off exactly when it sees what was written
// meanwhile. $1: the table's oid. xmin tells a row of the catalog from an earlier state of it.
constexpr const char* catalog_sql = R"sql(
    SELECT coalesce((SELECT pg_catalog.string_agg(t.tgname::pg_catalog.text || '=' || t.tgenabled::pg_catalog.text, ' ' ORDER BY t.tgname COLLATE "C")
                     FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = $1::pg_catalog.oid AND t.tgname LIKE 'evolve\_pack\_%'), ''),
           coalesce((SELECT pg_catalog.string_agg(t.oid::pg_catalog.text || ':' || t.xmin::pg_catalog.text, ' ' ORDER BY t.tgname COLLATE "C")
                     FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = $1::pg_catalog.oid AND t.tgname LIKE 'evolve\_pack\_%'), ''),
           coalesce((SELECT pg_catalog.string_agg(a.attnum::pg_catalog.text || ':' || a.xmin::pg_catalog.text, ' ' ORDER BY a.attname COLLATE "C")
                     FROM pg_catalog.pg_attribute AS a
                     WHERE a.attrelid = $1::pg_catalog.oid
                       AND a.attname IN ('exchange', 'symbol', 'timeframe', 'ts', 'open', 'high', 'low', 'close', 'volume')), ''),
           EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = $1::pg_catalog.oid OR inhrelid = $1::pg_catalog.oid))sql";

constexpr const char* triggers_in_force =
    "evolve_pack_begin=A evolve_pack_delete=A evolve_pack_insert=A evolve_pack_row=R evolve_pack_truncate=A "
    "evolve_pack_update=A";

}  // namespace

PackSeal pack_seal(const Query& query) {
    const TableFacts table = table_facts();
    if (!OidIsValid(table.relation) || !table.plain)
        return {.text = {}, .reason = "evolve.market_bars is not an ordinary table without children"};
    if (table.hidden_rows) return {.text = {}, .reason = "row-level security hides rows of evolve.market_bars"};
    if (!table.readable || !pack_tables_are_readable())
        return {.text = {}, .reason = "the role may not read the bars and their packs"};
    PackSeal seal;
    query.each_row(catalog_sql, {std::to_string(table.relation)}, [&](const Row& row) {
        if (row.boolean(4)) {
            seal.reason = "evolve.market_bars is not an ordinary table without children";
        } else if (row.text(1) != triggers_in_force) {
            seal.reason = "the triggers of evolve.market_bars are not those of evolve_migrate()";
        } else {
            const std::uint64_t system = call([] { return GetSystemIdentifier(); });
            seal.text = std::to_string(system) + "/" + std::to_string(MyDatabaseId) + "/" +
                        std::to_string(table.relation) + "/" + std::to_string(table.file) + " " + row.text(3) + " " +
                        row.text(2);
        }
    });
    return seal;
}

void read_stored_rows(const Query& query, const Market& stored, TimeSpan span, Bars& bars) {
    const std::string timeframe(to_string(stored.timeframe)), name = series_name(stored);
    const std::string sql =
        "SELECT ts, open, high, low, close, volume FROM evolve.market_bars "
        "WHERE exchange = $1 AND symbol = $2 AND timeframe = $3";
    const bool from = span.from != DT_NOBEGIN, to = span.to != DT_NOEND;
    const auto read = [&](const char* condition, std::initializer_list<SqlParameter> parameters) {
        query.read_bars((sql + condition).c_str(), parameters, name, bars);
    };
    if (from && to) {
        read(" AND ts >= $4 AND ts < $5",
             {stored.exchange, stored.symbol, timeframe, span.from + epoch_shift, span.to + epoch_shift});
    } else if (from) {
        read(" AND ts >= $4", {stored.exchange, stored.symbol, timeframe, span.from + epoch_shift});
    } else if (to) {
        read(" AND ts < $4", {stored.exchange, stored.symbol, timeframe, span.to + epoch_shift});
    } else {
        read("", {stored.exchange, stored.symbol, timeframe});
    }
}

}  // namespace evolve::pg
