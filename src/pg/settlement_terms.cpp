#include "pg/settlement_terms.hpp"

#include <array>
#include <string>

#include "core/base/sha256.hpp"
#include "pg/index_probe.hpp"
#include "pg/kept_statement.hpp"
#include "pg/query.hpp"

namespace evolve::pg {
namespace {

constexpr const char* keep_set_sql =
    "INSERT INTO evolve.share_sets (share_set_id, content) VALUES (pg_catalog.sha256($1), $1) ON CONFLICT DO NOTHING";
constexpr std::array<Oid, 1> keep_set_types{BYTEAOID};
constinit const KeptStatement keep_set_statement(keep_set_sql, keep_set_types);

constexpr auto no_key = ProbeKey::none;
constexpr bool keep = true;
constinit IndexProbe event_by_key("royalty_events", "royalty_events_event_key_key", {ProbeKey::text, no_key},
                                  {"event_id"});
constinit IndexProbe currency_by_code("currencies", "currencies_pkey", {ProbeKey::text, no_key}, {"decimals"}, keep);
constinit IndexProbe setting_by_name("settings", "settings_pkey", {ProbeKey::text, no_key}, {"value"}, keep);
constinit IndexProbe policy_by_name("royalty_policies", "royalty_policies_name_version_key", {ProbeKey::text, no_key},
                                    {"policy_id", "kind", "royalty_percent", "pays_own_trades", "high_water_mark",
                                     "share_rule"},
                                    keep);
constinit IndexProbe strategy_by_id("user_strategies", "user_strategies_pkey", {ProbeKey::uuid, no_key}, {"user_id"},
                                    keep);
constinit IndexProbe plan_by_person("user_plans", "user_plans_pkey", {ProbeKey::uuid, ProbeKey::time_at_most},
                                    {"plan_code"}, keep);
constinit IndexProbe plan_by_code("subscription_plans", "subscription_plans_pkey", {ProbeKey::text, no_key},
                                  {"default_royalty_percent", "platform_fee_percent"}, keep);
constinit IndexProbe generation_of("strategy_generations", "strategy_generations_pkey", {ProbeKey::uuid, no_key},
                                   {"generation"}, keep);
constinit IndexProbe shares_by_strategy("strategy_shares", "strategy_shares_pkey", {ProbeKey::uuid, ProbeKey::text},
                                        {"share_set_id"}, keep);
constinit IndexProbe set_by_id("share_sets", "share_sets_pkey", {ProbeKey::bytea, no_key}, {"content"}, keep);
constinit IndexProbe set_exists("share_sets", "share_sets_pkey", {ProbeKey::bytea, no_key}, {"share_set_id"}, keep);

bool flag(const SqlValue& value) { return !value.is_null && DatumGetBool(value.value); }

// A percentage as parts of a million.
std::int64_t parts_of(Datum percent) {
    const Decimal value = decimal_value(percent);
    return static_cast<std::int64_t>(
        multiply_divide_rounded(value.digits, million / 100, power_of_ten(value.decimals)));
}

// The value of a row of evolve.settings, a number or a text.
SqlValue scalar_of(const SqlValue& setting) {
    if (setting.is_null) return {};
    return call([&] {
        Jsonb* const json = DatumGetJsonbP(setting.value);
        const JsonbValue* const scalar = getIthJsonbValueFromContainer(&json->root, 0);
        if (scalar->type == jbvNumeric) return SqlValue{PointerGetDatum(scalar->val.numeric), false};
        return SqlValue{PointerGetDatum(cstring_to_text_with_len(scalar->val.string.val, scalar->val.string.len)),
                        false};
    });
}

// What the settings say; read together, and only when one of them is asked for.
class Settings {
public:
    SqlValue royalty_policy() { return value(0); }
    std::int64_t royalty_percent() { return percent(1); }
    std::int64_t platform_fee_percent() { return percent(2); }

private:
    static constexpr std::array<const char*, 3> names{"royalty_policy", "royalty_percent", "platform_fee_percent"};

    SqlValue value(std::size_t which) {
        if (!read_) {
            std::array<Datum, names.size()> keys{};
            for (std::size_t i = 0; i < names.size(); ++i) keys[i] = text_datum(names[i]);
            const auto rows = setting_by_name.each(keys);
            for (std::size_t i = 0; i < names.size(); ++i) values_[i] = scalar_of(rows[i][0]);
            read_ = true;
        }
        return values_[which];
    }
    std::int64_t percent(std::size_t which) {
        const SqlValue found = value(which);
        if (found.is_null) throw Error(ErrorCode::no_data, std::string("the setting ") + names[which] + " is missing");
        return parts_of(found.value);
    }

    std::array<SqlValue, names.size()> values_;
    bool read_ = false;
};

bool is_settled(const SqlValue& event_key) {
    if (event_key.is_null) return false;
    return event_by_key.first(event_key.value).has_value();
}

struct SettledBefore {};

Terms settled_terms() {
    Terms terms;
    terms.settled = true;
    return terms;
}

// Before a statement that may wait or fail.
void stop_if_settled(const Trade& trade) {
    if (is_settled(trade.event_key)) throw SettledBefore{};
}

int decimals_of(const SqlValue& currency) {
    if (!currency.is_null) {
        if (const auto row = currency_by_code.first(currency.value)) return DatumGetInt16((*row)[0].value);
    }
    throw Error(ErrorCode::unknown_name,
                "unknown currency \"" + (currency.is_null ? std::string("<NULL>") : text_value(currency.value)) + "\"",
                {}, "Add a row to evolve.currencies.");
}

struct Policy {
    SqlValue id, kind, royalty_percent, pays_own_trades, high_water_mark, share_rule;
};

// The newest version; an error that names the policies there are when there is none.
Policy policy_of(const Trade& trade, Settings& settings) {
    const SqlValue name = trade.policy.is_null ? settings.royalty_policy() : trade.policy;
    if (!name.is_null) {
        if (const auto row = policy_by_name.last(name.value))
            return {(*row)[0], (*row)[1], (*row)[2], (*row)[3], (*row)[4], (*row)[5]};
    }
    stop_if_settled(trade);
    constexpr std::array<Oid, 1> types{TEXTOID};
    run_statement("SELECT " + schema_of(trade.function) + "._evolve_royalty_policy($1)", {&trade.policy, 1}, types);
    throw Error(ErrorCode::unknown_name, "the royalty policy was added at this moment", {}, "Call again.");
}

// The plan that a person had on a day.
struct Plan {
    SqlValue code;
    std::optional<std::int64_t> royalty, fee;  // parts of a million
};

Plan plan_of(const Uuid& person, Datum day) {
    const auto code = plan_by_person.last(PointerGetDatum(person.data()), day);
    if (!code) return {};
    const auto row = plan_by_code.first((*code)[0].value);
    if (!row) return {};
    return {.code = (*code)[0], .royalty = parts_of((*row)[0].value), .fee = parts_of((*row)[1].value)};
}

struct ShareSet {
    Datum id, content;
};

// Of the set in which one person has all; it follows from the person, so the last ones are kept.
Datum digest_of_sole(const Uuid& person, std::string_view set) {
    struct Known {
        bool is_there;
        Uuid person;
        std::array<std::uint8_t, 32> digest;
    };
    static std::array<Known, 64> known{};
    Known& place = known[person.back() % known.size()];
    if (!place.is_there || place.person != person) place = {.is_there = true, .person = person, .digest = sha256(set)};
    return bytea_datum({reinterpret_cast<const char*>(place.digest.data()), place.digest.size()});
}

// With children, and never with a parent.
bool is_root(Datum strategy) {
    const auto row = generation_of.first(strategy);
    return row && DatumGetInt32((*row)[0].value) == 0;
}

// What the strategy has by a rule; an original belongs to its uploader, whose set is stored when it is first used.
ShareSet share_set_of(const Trade& trade, const Uuid& uploader, const SqlValue& rule) {
    const auto stored =
        is_root(trade.strategy.value) ? std::nullopt : shares_by_strategy.first(trade.strategy.value, rule.value);
    if (stored) {
        if (const auto set = set_by_id.first((*stored)[0].value))
            return {.id = (*stored)[0].value, .content = (*set)[0].value};
    }
    const std::string sole = share_set_bytes(sole_share(uploader));
    const ShareSet set{.id = digest_of_sole(uploader, sole), .content = bytea_datum(sole)};
    if (trade.posting && !set_exists.first(set.id)) {
        const std::array<SqlValue, 1> values{SqlValue{set.content, false}};
        keep_set_statement.run(values);
    }
    return set;
}

// Each trade under a mark starts from that of the one before, and so waits for it.
void apply_mark(const Trade& trade, Terms& terms) {
    stop_if_settled(trade);
    const std::array<SqlValue, 4> values{trade.trader, trade.strategy, trade.currency, trade.profit};
    constexpr std::array<Oid, 4> types{UUIDOID, UUIDOID, TEXTOID, NUMERICOID};
    const std::string schema = schema_of(trade.function);
    if (trade.posting)
        run_statement("SELECT " + schema + "._evolve_lock_royalty_mark($1, $2, $3)", std::span(values).first(3),
                      std::span(types).first(3));
    const SPITupleTable* const table = run_statement(
        "SELECT now.profit, now.base, pg_catalog.numeric_add(now.mark, now.base) FROM ("
        "SELECT after.profit, after.mark, GREATEST(pg_catalog.numeric_sub(after.profit, after.mark), "
        "0::pg_catalog.numeric)"
        " FROM (SELECT pg_catalog.numeric_add(before.cumulative_profit, $4), before.high_water_mark FROM " +
            schema + "._evolve_royalty_mark($1, $2, $3) AS before) AS after(profit, mark)) AS now(profit, mark, base)",
        values, types);
    Datum row[3];
    bool nulls[3];
    call([&] { heap_deform_tuple(table->vals[0], table->tupdesc, row, nulls); });
    terms.cumulative_profit = {row[0], nulls[0]};
    terms.royalty_base = {row[1], nulls[1]};
    terms.high_water_mark = {row[2], nulls[2]};
}

std::int64_t rate_by_similarity(const Trade& trade, const SqlValue& policy) {
    stop_if_settled(trade);
    const std::array<SqlValue, 2> values{trade.strategy, policy};
    constexpr std::array<Oid, 2> types{UUIDOID, INT4OID};
    const std::string schema = schema_of(trade.function);
    const SPITupleTable* const table = run_statement(
        "SELECT " + schema +
            "._evolve_tier_rate(policy.kind, policy.parameters, distance.mutations, distance.similarity) FROM " +
            schema +
            "._evolve_mutation_distance($1) AS distance, evolve.royalty_policies AS policy"
            " WHERE policy.policy_id OPERATOR(pg_catalog.=) $2",
        values, types);
    return call([&] {
        bool null = false;
        return DatumGetInt32(SPI_getbinval(table->vals[0], table->tupdesc, 1, &null));
    });
}

std::int64_t rate_of(const Trade& trade, const Policy& policy, const Plan& uploaders, Settings& settings) {
    if (text_value(policy.kind.value) == "similarity") return rate_by_similarity(trade, policy.id);
    if (!policy.royalty_percent.is_null) return parts_of(policy.royalty_percent.value);
    return uploaders.royalty ? *uploaders.royalty : settings.royalty_percent();
}

void find_payees(const Trade& trade, const Uuid& uploader, const Plan& uploaders, Settings& settings, Terms& terms) {
    terms.shares = read_share_set(bytes_of(terms.share_set.value));
    terms.plans.reserve(terms.shares.size());
    terms.payees.reserve(terms.shares.size());
    for (const Share& share : terms.shares) {
        const Plan plan = share.person == uploader ? uploaders : plan_of(share.person, trade.day);
        const std::int64_t fee = plan.fee ? *plan.fee : settings.platform_fee_percent();
        terms.plans.push_back(plan.code);
        terms.payees.push_back(
            {.person = share.person, .share = share.share, .fee_rate = static_cast<std::int32_t>(fee)});
    }
}

Terms derive_terms(const Trade& trade) {
    Terms terms;
    if (trade.profit.is_null)
        throw Error(ErrorCode::invalid_option, "a trade needs a profit", {}, "In money; negative for a loss.");
    terms.decimals = decimals_of(trade.currency);
    terms.royalty_base = trade.profit;
    const Decimal profit = decimal_value(trade.profit.value);
    terms.exemption = exempt_trade(!trade.strategy.is_null, false, false);
    if (terms.exemption != Exemption::none) return terms;

    Settings settings;
    const Policy policy = policy_of(trade, settings);
    terms.policy_id = policy.id;
    const auto strategy = strategy_by_id.first(trade.strategy.value);
    if (!strategy) throw Error(ErrorCode::no_data, "no strategy " + uuid_text(trade.strategy.value));
    const Uuid uploader = uuid_value((*strategy)[0].value);
    const bool own = !trade.trader.is_null && uuid_value(trade.trader.value) == uploader;
    terms.exemption = exempt_trade(true, own, flag(policy.pays_own_trades));
    if (terms.exemption != Exemption::none) return terms;

    if (flag(policy.high_water_mark) && !trade.trader.is_null) apply_mark(trade, terms);
    const Decimal base = decimal_value(terms.royalty_base.value);
    terms.exemption = exempt_profit(profit, base);
    if (terms.exemption != Exemption::none) return terms;

    const ShareSet set = share_set_of(trade, uploader, policy.share_rule);
    terms.share_set_id = {set.id, false};
    terms.share_set = {set.content, false};
    const Plan uploaders = plan_of(uploader, trade.day);
    const std::int64_t rate = rate_of(trade, policy, uploaders, settings);
    terms.royalty_rate = {Int32GetDatum(static_cast<std::int32_t>(rate)), false};
    terms.amount = royalty_of(base, rate, terms.decimals);
    terms.exemption = exempt_amount(rate, terms.amount);
    find_payees(trade, uploader, uploaders, settings, terms);
    return terms;
}

}  // namespace

// Whether the trade is settled is found out when its event is written; before that only where it would make a
// difference: nothing is said against a trade that is settled, and no lock is waited for.
Terms terms_of(const Trade& trade) {
    try {
        return derive_terms(trade);
    } catch (const SettledBefore&) {
        return settled_terms();
    } catch (const Error&) {
        if (!is_settled(trade.event_key)) throw;
        return settled_terms();
    }
}

}  // namespace evolve::pg
