#include "pg/event_digest.hpp"

#include "core/base/sha256.hpp"
#include "pg/royalty_values.hpp"

extern "C" {
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/uuid.h"
}

namespace evolve::pg {
namespace {

void append_integer(StringInfo to, std::int32_t value) {
    char digits[12];
    appendBinaryStringInfo(to, digits, pg_ltoa(value, digits));
}

void append_hex(StringInfo to, const void* bytes, std::size_t size) {
    enlargeStringInfo(to, static_cast<int>(2 * size));
    hex_encode(static_cast<const char*>(bytes), size, to->data + to->len);
    to->len += static_cast<int>(2 * size);
}

void append_uuid(StringInfo to, const pg_uuid_t& id) {
    appendStringInfoChar(to, '"');
    int from = 0;
    for (const int size : {4, 2, 2, 2, 6}) {
        if (from > 0) appendStringInfoChar(to, '-');
        append_hex(to, id.data + from, static_cast<std::size_t>(size));
        from += size;
    }
    appendStringInfoChar(to, '"');
}

// As to_jsonb() has it in time zone UTC.
void append_value(StringInfo to, Datum value, Oid type) {
    char buffer[MAXDATELEN + 1];
    const int utc = 0;
    switch (type) {
        case TEXTOID:
            escape_json(to, TextDatumGetCString(value));
            break;
        case INT2OID:
            append_integer(to, DatumGetInt16(value));
            break;
        case INT4OID:
            append_integer(to, DatumGetInt32(value));
            break;
        case NUMERICOID:
            appendStringInfoString(to, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
            break;
        case UUIDOID:
            append_uuid(to, *DatumGetUUIDP(value));
            break;
        case TIMESTAMPTZOID:
            appendStringInfoChar(to, '"');
            appendStringInfoString(to, JsonEncodeDateTime(buffer, value, TIMESTAMPTZOID, &utc));
            appendStringInfoChar(to, '"');
            break;
        case BYTEAOID: {
            const bytea* const bytes = DatumGetByteaPP(value);
            appendStringInfoString(to, "\"\\\\x");
            append_hex(to, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
            appendStringInfoChar(to, '"');
            break;
        }
        default:
            elog(ERROR, "an event has no column of type %u", type);
    }
}

void append_array(StringInfo to, Datum value, Oid element) {
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    if (element == TEXTOID)
        deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    else
        deconstruct_array(DatumGetArrayTypeP(value), INT4OID, 4, true, TYPALIGN_INT, &elements, &nulls, &count);
    appendStringInfoChar(to, '[');
    for (int i = 0; i < count; ++i) {
        if (i > 0) appendStringInfoString(to, ", ");
        if (nulls[i])
            appendStringInfoString(to, "null");
        else
            append_value(to, elements[i], element);
    }
    appendStringInfoChar(to, ']');
}

}  // namespace

Datum event_digest(std::span<const SqlValue> values, std::span<const Oid> types) {
    const char* const content = call([&] {
        StringInfoData buffer;
        initStringInfo(&buffer);
        for (std::size_t i = 0; i < values.size(); ++i) {
            appendStringInfoString(&buffer, i == 0 ? "[" : ", ");
            if (values[i].is_null)
                appendStringInfoString(&buffer, "null");
            else if (types[i] == TEXTARRAYOID || types[i] == INT4ARRAYOID)
                append_array(&buffer, values[i].value, types[i] == TEXTARRAYOID ? TEXTOID : INT4OID);
            else
                append_value(&buffer, values[i].value, types[i]);
        }
        appendStringInfoChar(&buffer, ']');
        return static_cast<const char*>(buffer.data);
    });
    const std::array<std::uint8_t, 32> hash = sha256(utf8_of(content));
    return bytea_datum({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace evolve::pg
