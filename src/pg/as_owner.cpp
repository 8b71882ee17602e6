// Functions that act as the owner of the tables, whoever calls them.
//
// Cycles, reviews and imports read and write rows of every user, and who may start one need not be allowed to do that
// by hand. SECURITY DEFINER would run them as the owner of the extension, who is a superuser as a rule, and so would
// run triggers and mapped views, which others can write, as a superuser. Hence the way that PostgreSQL's own foreign
// keys go: each such function hands its arguments to the function of its name with a leading underscore, which runs as
// the owner of evolve.user_strategies.
#include "pg/as_owner.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pg/boundary.hpp"
#include "pg/query.hpp"
#include "pg/values.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/params.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

using namespace evolve;
using namespace evolve::pg;

Oid evolve::pg::owner_of_tables() {
    return call([] {
        const Oid relation = get_relname_relid("user_strategies", get_namespace_oid("evolve", false));
        HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        if (!HeapTupleIsValid(tuple)) elog(ERROR, "relation evolve.user_strategies vanished");
        const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
        ReleaseSysCache(tuple);
        return owner;
    });
}

namespace {

ParamListInfo arguments_of(FunctionCallInfo fcinfo) {
    return call([&] {
        ParamListInfo const list = makeParamList(fcinfo->nargs);
        Oid* types = nullptr;
        int count = 0;
        get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
        for (int i = 0; i < fcinfo->nargs; ++i)
            list->params[i] = {.value = fcinfo->args[i].value,
                               .isnull = fcinfo->args[i].isnull,
                               .pflags = PARAM_FLAG_CONST,
                               .ptype = types[i]};
        return list;
    });
}

std::string inner_call(FunctionCallInfo fcinfo) {
    const char* const name = call([&] {
        const Oid function = fcinfo->flinfo->fn_oid;
        char* const inner = psprintf("_%s", get_func_name(function));
        return static_cast<const char*>(
            quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), inner));
    });
    std::string text = std::string("SELECT * FROM ") + name + "(";
    for (int i = 1; i <= fcinfo->nargs; ++i) text += (i > 1 ? ", $" : "$") + std::to_string(i);
    return text + ")";
}

// A single value, out of the memory that goes with the SPI connection; of void there is nothing.
Datum hand_on_value(FunctionCallInfo fcinfo, const SPITupleTable* table) {
    return call([&] {
        const FormData_pg_attribute& column = *TupleDescAttr(table->tupdesc, 0);
        if (column.atttypid == VOIDOID) return Datum{0};
        const Datum value = SPI_getbinval(table->vals[0], table->tupdesc, 1, &fcinfo->isnull);
        return fcinfo->isnull ? Datum{0} : SPI_datumTransfer(value, column.attbyval, column.attlen);
    });
}

// Prepared once a session: settlements come by the thousand.
SPIPlanPtr kept_plan(const std::string& sql, ParamListInfo arguments) {
    static std::map<std::string, SPIPlanPtr> plans;
    if (const auto known = plans.find(sql); known != plans.end()) return known->second;
    std::vector<Oid> types;
    types.reserve(static_cast<std::size_t>(arguments->numParams));
    for (int i = 0; i < arguments->numParams; ++i) types.push_back(arguments->params[i].ptype);
    SPIPlanPtr const plan = call([&] {
        SPIPlanPtr const prepared = SPI_prepare(sql.c_str(), static_cast<int>(types.size()), types.data());
        if (prepared == nullptr || SPI_keepplan(prepared) != 0)
            elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
        return prepared;
    });
    plans.emplace(sql, plan);
    return plan;
}

// The rows of the inner function: into the tuplestore of a set, or the one row as a composite value.
Datum hand_on(FunctionCallInfo fcinfo, const SPITupleTable* table) {
    if (fcinfo->flinfo->fn_retset) {
        RowWriter rows(fcinfo);
        std::vector<Datum> values(static_cast<std::size_t>(rows.columns()));
        const auto nulls = std::make_unique<bool[]>(values.size());
        for (std::uint64_t i = 0; i < table->numvals; ++i) {
            call([&] { heap_deform_tuple(table->vals[i], table->tupdesc, values.data(), nulls.get()); });
            rows.write(values.data(), nulls.get());
        }
        return Datum{0};
    }
    if (table->tupdesc->natts == 1) return hand_on_value(fcinfo, table);
    return call([&] { return HeapTupleHeaderGetDatum(SPI_returntuple(table->vals[0], table->tupdesc)); });
}

}  // namespace

EVOLVE_FUNCTION(_evolve_as_owner) {
    const evolve::pg::Query connection;
    connection.require_schema();
    const ActAs owner(owner_of_tables());
    SPIExecuteOptions options{};
    options.params = arguments_of(fcinfo);
    SPIPlanPtr const plan = kept_plan(inner_call(fcinfo), options.params);
    const int result = call([&] { return SPI_execute_plan_extended(plan, &options); });
    if (result < 0) throw Error(ErrorCode::internal, std::string("SPI failed: ") + SPI_result_code_string(result));
    return hand_on(fcinfo, SPI_tuptable);
}

// Trigger of evolve.user_strategies: the history of its status is written as the owner, so that nobody needs the right
// to write there, and nobody can write what did not happen. EXECUTE is revoked: no other table gets this trigger.
EVOLVE_FUNCTION(_evolve_record_status) {
    if (!CALLED_AS_TRIGGER(fcinfo)) throw Error(ErrorCode::internal, "_evolve_record_status is a trigger");
    const auto* const trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
    const bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
    TupleDesc const columns = trigger->tg_relation->rd_att;
    HeapTuple const now = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
    const evolve::pg::Query connection(Access::write);
    const auto value = [&](HeapTuple row, const char* column) -> SqlParameter {
        const char* const text = call([&] { return SPI_getvalue(row, columns, SPI_fnumber(columns, column)); });
        return text == nullptr ? SqlParameter() : SqlParameter(utf8_of(text));
    };
    const SqlParameter before = update ? value(trigger->tg_trigtuple, "status") : SqlParameter();
    if (update && before == value(now, "status")) return PointerGetDatum(nullptr);
    const char* const who = call([] { return GetUserNameFromId(GetOuterUserId(), false); });
    const std::string schema = schema_of(fcinfo->flinfo->fn_oid);
    const ActAs owner(owner_of_tables());
    connection.each_row(("SELECT " + schema + "._evolve_status_changed($1::uuid, $2, $3, $4, $5)").c_str(),
                        {value(now, "id"), before, value(now, "status"), value(now, "status_reason"), utf8_of(who)},
                        [](const Row&) {});
    return PointerGetDatum(nullptr);
}

// Trigger of evolve.user_strategies: whoever may delete strategies need not be allowed to delete shares.
EVOLVE_FUNCTION(_evolve_forget_shares) {
    if (!CALLED_AS_TRIGGER(fcinfo)) throw Error(ErrorCode::internal, "_evolve_forget_shares is a trigger");
    const evolve::pg::Query connection(Access::write);
    call([&] {
        if (SPI_register_trigger_data(reinterpret_cast<TriggerData*>(fcinfo->context)) != SPI_OK_TD_REGISTER)
            elog(ERROR, "SPI failed to register the deleted rows");
    });
    const std::string schema = schema_of(fcinfo->flinfo->fn_oid);
    const ActAs owner(owner_of_tables());
    connection.each_row(
        ("SELECT " + schema + "._evolve_delete_shares(pg_catalog.array_agg(gone.id)) FROM gone").c_str(), {},
        [](const Row&) {});
    return PointerGetDatum(nullptr);
}
