// SQL functions of royalties: conversions around core/royalty.
#include <algorithm>

#include "core/royalty/money.hpp"
#include "core/royalty/policy.hpp"
#include "core/royalty/settlement.hpp"
#include "core/royalty/shares.hpp"
#include "core/royalty/split.hpp"
#include "pg/boundary.hpp"
#include "pg/query.hpp"
#include "pg/royalty_values.hpp"
#include "pg/values.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

struct Elements {
    Datum* values;
    bool* nulls;
    int count;
};

struct ElementType {
    Oid type;
    int length;
    bool by_value;
    char alignment;
};
constexpr ElementType uuid_elements{UUIDOID, UUID_LEN, false, TYPALIGN_CHAR};
constexpr ElementType int4_elements{INT4OID, 4, true, TYPALIGN_INT};
constexpr ElementType numeric_elements{NUMERICOID, -1, false, TYPALIGN_INT};
constexpr ElementType bytea_elements{BYTEAOID, -1, false, TYPALIGN_INT};

// The elements of an array argument; NULL among them only where the caller looks for it.
Elements elements_of(FunctionCallInfo fcinfo, int index, const ElementType& type, bool nulls_allowed = false) {
    require_arg(fcinfo, index);
    const Elements elements = call([&] {
        Elements found{};
        deconstruct_array(PG_GETARG_ARRAYTYPE_P(index), type.type, type.length, type.by_value, type.alignment,
                          &found.values, &found.nulls, &found.count);
        return found;
    });
    for (int i = 0; i < elements.count && !nulls_allowed; ++i)
        if (elements.nulls[i])
            throw Error(ErrorCode::invalid_option, "argument " + std::to_string(index + 1) + " must not hold NULL");
    return elements;
}

void same_count(const Elements& a, const Elements& b) {
    if (a.count != b.count) throw Error(ErrorCode::invalid_option, "arrays must be of the same length");
}

int decimals_arg(FunctionCallInfo fcinfo, int index) {
    require_arg(fcinfo, index);
    const int decimals = PG_GETARG_INT32(index);
    if (decimals < 0 || decimals > 18) throw Error(ErrorCode::out_of_range, "decimals must be from 0 to 18");
    return decimals;
}

}  // namespace

// (total, persons, weights, event): parts in the order of the persons.
EVOLVE_FUNCTION(evolve_split) {
    require_arg(fcinfo, 0);
    const Int128 total = exact_amount(decimal_value(PG_GETARG_DATUM(0)), 0);
    const Elements persons = elements_of(fcinfo, 1, uuid_elements), weights = elements_of(fcinfo, 2, numeric_elements);
    same_count(persons, weights);
    std::vector<Claim> claims;
    claims.reserve(static_cast<std::size_t>(persons.count));
    for (int i = 0; i < persons.count; ++i)
        claims.push_back(
            {.person = uuid_value(persons.values[i]), .weight = exact_amount(decimal_value(weights.values[i]), 0)});
    std::vector<Datum> parts;
    for (const Int128 part : split(total, claims, text_arg(fcinfo, 3))) parts.push_back(numeric_datum(part, 0));
    return call([&] {
        return PointerGetDatum(
            construct_array(parts.data(), static_cast<int>(parts.size()), NUMERICOID, -1, false, TYPALIGN_INT));
    });
}

// (kind, parameters): the rule by which shares pass to children.
EVOLVE_FUNCTION(_evolve_share_rule) {
    return text_datum(to_text(parse_royalty_policy(text_arg(fcinfo, 0), jsonb_arg(fcinfo, 1)).rule));
}

// (kind, parameters, mutations, similarity 0 to 1): a rate in parts of a million.
EVOLVE_FUNCTION(_evolve_tier_rate) {
    const RoyaltyPolicy policy = parse_royalty_policy(text_arg(fcinfo, 0), jsonb_arg(fcinfo, 1));
    require_arg(fcinfo, 2);
    const double similarity = PG_ARGISNULL(3) ? 0 : PG_GETARG_FLOAT8(3);
    const auto parts = similarity > 0 ? static_cast<std::int64_t>(std::min(similarity, 1.0) * 1e6) : 0;
    return Int32GetDatum(static_cast<std::int32_t>(tier_rate(policy.tiers, PG_GETARG_INT32(2), parts)));
}

// (uploader): the share set of an original.
EVOLVE_FUNCTION(_evolve_sole_share) {
    require_arg(fcinfo, 0);
    return bytea_datum(share_set_bytes(sole_share(uuid_value(PG_GETARG_DATUM(0)))));
}

// (rule, child, level, sets of the parents, weights, creators, parts of a million that creators keep or NULL).
EVOLVE_FUNCTION(_evolve_child_shares) {
    const ShareRule rule = parse_share_rule(text_arg(fcinfo, 0));
    require_arg(fcinfo, 1);
    require_arg(fcinfo, 2);
    const Elements sets = elements_of(fcinfo, 3, bytea_elements), weights = elements_of(fcinfo, 4, int4_elements),
                   creators = elements_of(fcinfo, 5, uuid_elements),
                   parts = elements_of(fcinfo, 6, int4_elements, true);
    same_count(sets, weights);
    same_count(sets, creators);
    same_count(sets, parts);
    std::vector<Shares> parents;
    parents.reserve(static_cast<std::size_t>(sets.count));
    for (int i = 0; i < sets.count; ++i) parents.push_back(read_share_set(bytes_of(sets.values[i])));
    std::vector<ParentEdge> edges;
    edges.reserve(parents.size());
    for (int i = 0; i < sets.count; ++i)
        edges.push_back({.shares = parents[static_cast<std::size_t>(i)],
                         .creator = uuid_value(creators.values[i]),
                         .weight = DatumGetInt32(weights.values[i]),
                         .creator_part = parts.nulls[i] ? -1 : DatumGetInt32(parts.values[i])});
    return bytea_datum(share_set_bytes(child_shares(rule, uuid_value(PG_GETARG_DATUM(1)), PG_GETARG_INT32(2), edges)));
}

// As foreign keys look: in a snapshot of this moment, also in a transaction that keeps an older one. The function that
// is asked is stable, so all its statements use it.
EVOLVE_FUNCTION(_evolve_holds_now) {
    require_arg(fcinfo, 0);
    const evolve::pg::Query connection;
    return call([&] {
        const Oid condition = PG_GETARG_OID(0);
        const char* const name = get_func_name(condition);
        if (name == nullptr) elog(ERROR, "cache lookup failed for function %u", condition);
        const char* const schema = get_namespace_name(get_func_namespace(condition));
        Oid types[1] = {UUIDARRAYOID};
        SPIPlanPtr const plan =
            SPI_prepare(psprintf("SELECT %s($1)", quote_qualified_identifier(schema, name)), 1, types);
        if (plan == nullptr) elog(ERROR, "SPI failed: %s", SPI_result_code_string(SPI_result));
        Datum values[1] = {PG_GETARG_DATUM(1)};
        const char nulls[1] = {PG_ARGISNULL(1) ? 'n' : ' '};
        Snapshot const now = RegisterSnapshot(GetLatestSnapshot());
        const int result = SPI_execute_snapshot(plan, values, nulls, now, InvalidSnapshot, true, false, 0);
        UnregisterSnapshot(now);
        if (result < 0) elog(ERROR, "SPI failed: %s", SPI_result_code_string(result));
        if (SPI_processed != 1 || SPI_gettypeid(SPI_tuptable->tupdesc, 1) != BOOLOID)
            elog(ERROR, "%s is no condition", name);
        bool null = false;
        return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
    });
}

EVOLVE_FUNCTION(_evolve_read_shares) {
    require_arg(fcinfo, 0);
    const Shares shares = read_share_set(bytes_of(PG_GETARG_DATUM(0)));
    RowWriter rows(fcinfo);
    for (const Share& share : shares) {
        Datum values[3] = {PointerGetDatum(share.person.data()), Int32GetDatum(share.share),
                           Int32GetDatum(share.level)};
        bool nulls[3] = {false, false, false};
        rows.write(values, nulls);
    }
    return Datum{0};
}

// (profit, rate in parts of a million, decimals of the currency).
EVOLVE_FUNCTION(_evolve_royalty_amount) {
    require_arg(fcinfo, 0);
    require_arg(fcinfo, 1);
    const int decimals = decimals_arg(fcinfo, 2);
    return numeric_datum(royalty_of(decimal_value(PG_GETARG_DATUM(0)), PG_GETARG_INT32(1), decimals), decimals);
}

// (royalty, decimals, share set, fee rates in its order, event): person, share, level, gross, fee, net.
EVOLVE_FUNCTION(_evolve_royalty_lines) {
    require_arg(fcinfo, 0);
    const int decimals = decimals_arg(fcinfo, 1);
    const Int128 royalty = exact_amount(decimal_value(PG_GETARG_DATUM(0)), decimals);
    require_arg(fcinfo, 2);
    const Shares shares = read_share_set(bytes_of(PG_GETARG_DATUM(2)));
    const Elements fees = elements_of(fcinfo, 3, int4_elements);
    if (static_cast<std::size_t>(fees.count) != shares.size())
        throw Error(ErrorCode::invalid_option, "every beneficiary needs a fee rate");
    std::vector<Payee> payees;
    for (std::size_t i = 0; i < shares.size(); ++i)
        payees.push_back(
            {.person = shares[i].person, .share = shares[i].share, .fee_rate = DatumGetInt32(fees.values[i])});
    const std::vector<RoyaltyLine> lines = royalty_lines(royalty, payees, text_arg(fcinfo, 4));
    RowWriter rows(fcinfo);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        Datum values[6] = {PointerGetDatum(shares[i].person.data()), Int32GetDatum(shares[i].share),
                           Int32GetDatum(shares[i].level),           numeric_datum(lines[i].gross, decimals),
                           numeric_datum(lines[i].fee, decimals),    numeric_datum(lines[i].net, decimals)};
        bool nulls[6] = {};
        rows.write(values, nulls);
    }
    return Datum{0};
}

// (amount, decimals, persons, gross and fees that are left to them, event): person, gross, fee, net.
EVOLVE_FUNCTION(_evolve_reversal_lines) {
    require_arg(fcinfo, 0);
    const int decimals = decimals_arg(fcinfo, 1);
    const Int128 amount = exact_amount(decimal_value(PG_GETARG_DATUM(0)), decimals);
    const Elements persons = elements_of(fcinfo, 2, uuid_elements), gross = elements_of(fcinfo, 3, numeric_elements),
                   fees = elements_of(fcinfo, 4, numeric_elements);
    same_count(persons, gross);
    same_count(persons, fees);
    std::vector<LeftLine> left;
    left.reserve(static_cast<std::size_t>(persons.count));
    for (int i = 0; i < persons.count; ++i)
        left.push_back({.person = uuid_value(persons.values[i]),
                        .gross = exact_amount(decimal_value(gross.values[i]), decimals),
                        .fee = exact_amount(decimal_value(fees.values[i]), decimals)});
    const std::vector<RoyaltyLine> lines = reversal_lines(amount, left, text_arg(fcinfo, 5));
    RowWriter rows(fcinfo);
    for (std::size_t i = 0; i < left.size(); ++i) {
        Datum values[4] = {PointerGetDatum(left[i].person.data()), numeric_datum(lines[i].gross, decimals),
                           numeric_datum(lines[i].fee, decimals), numeric_datum(lines[i].net, decimals)};
        bool nulls[4] = {};
        rows.write(values, nulls);
    }
    return Datum{0};
}
