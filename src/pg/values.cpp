#include "pg/values.hpp"

#include <cmath>
#include <cstring>

namespace evolve::pg {
namespace {

struct Chars {
    const char* data;
    std::size_t size;
};

std::string to_utf8(const char* data, std::size_t size) {
    const Chars converted = call([&] {
        const char* const utf8 = pg_server_to_any(data, static_cast<int>(size), PG_UTF8);
        return Chars{utf8, utf8 == data ? size : std::strlen(utf8)};
    });
    return {converted.data, converted.size};
}

Chars to_server(std::string_view utf8) {
    return call([&] {
        const char* const text = pg_any_to_server(utf8.data(), static_cast<int>(utf8.size()), PG_UTF8);
        return Chars{text, text == utf8.data() ? utf8.size() : std::strlen(text)};
    });
}

}  // namespace

std::string text_value(Datum value) {
    const Chars raw = call([&] {
        text* const plain = DatumGetTextPP(value);
        return Chars{VARDATA_ANY(plain), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(plain))};
    });
    return to_utf8(raw.data, raw.size);
}

std::string utf8_of(const char* text) { return to_utf8(text, std::strlen(text)); }

std::string jsonb_text(Datum value) {
    const Chars raw = call([&] {
        Jsonb* const jsonb = DatumGetJsonbP(value);
        const char* const printed = JsonbToCString(nullptr, &jsonb->root, VARSIZE(jsonb));
        return Chars{printed, std::strlen(printed)};
    });
    return to_utf8(raw.data, raw.size);
}

void require_arg(FunctionCallInfo fcinfo, int index) {
    if (PG_ARGISNULL(index))
        throw Error(ErrorCode::invalid_option, "argument " + std::to_string(index + 1) + " must not be NULL");
}

std::string text_arg(FunctionCallInfo fcinfo, int index) {
    require_arg(fcinfo, index);
    return text_value(PG_GETARG_DATUM(index));
}

std::optional<std::string> optional_text_arg(FunctionCallInfo fcinfo, int index) {
    if (PG_ARGISNULL(index)) return std::nullopt;
    return text_arg(fcinfo, index);
}

std::string jsonb_arg(FunctionCallInfo fcinfo, int index) {
    require_arg(fcinfo, index);
    return jsonb_text(PG_GETARG_DATUM(index));
}

Datum text_datum(std::string_view utf8) {
    const Chars raw = to_server(utf8);
    return call([&] { return PointerGetDatum(cstring_to_text_with_len(raw.data, static_cast<int>(raw.size))); });
}

Datum jsonb_datum(const std::string& utf8_json) {
    const Chars raw = to_server(utf8_json);
    return call([&] { return DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(raw.data, raw.size))); });
}

SqlValue float_or_null(double value) {
    if (!std::isfinite(value)) return {};
    return {Float8GetDatum(value), false};
}

RowWriter::RowWriter(FunctionCallInfo fcinfo) {
    auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0)
        throw Error(ErrorCode::invalid_option, "set-returning function called where a set cannot be returned", {},
                    "Call it in FROM.");
    call([&] {
        MemoryContext const caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
        if (get_call_result_type(fcinfo, nullptr, &descriptor_) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "function returning record called in context that cannot accept type record");
        descriptor_ = BlessTupleDesc(descriptor_);
        store_ = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
        result->returnMode = SFRM_Materialize;
        result->setResult = store_;
        result->setDesc = descriptor_;
        MemoryContextSwitchTo(caller);
    });
}

void RowWriter::write(Datum* values, bool* nulls) {
    call([&] { tuplestore_putvalues(store_, descriptor_, values, nulls); });
}

}  // namespace evolve::pg
