#include <gtest/gtest.h>

#include "core/series/import.hpp"

namespace evolve {
namespace {

TEST(ImportOptions, Everything) {
    const ImportOptions options = parse_import_options(
        R"({"delimiter": "tab", "date_order": "day_first", "timezone_offset_minutes": -300, "on_duplicate": "drop",
            "max_details": 5, "columns": {"ts": "Gmt time", "close": 5}})");
    EXPECT_EQ(options.delimiter, '\t');
    EXPECT_EQ(options.date_order, DateOrder::day_first);
    EXPECT_EQ(options.timezone_offset_minutes, -300);
    EXPECT_EQ(options.on_duplicate, OnDuplicate::drop);
    EXPECT_EQ(options.max_details, 5u);
    EXPECT_EQ(options.columns[0].name, "Gmt time");
    EXPECT_EQ(options.columns[4].number, 5u);
    EXPECT_EQ(options.columns[1].name, "");
    EXPECT_EQ(options.columns[1].number, 0u);
}

TEST(ImportOptions, NothingIsTheDefault) {
    for (const char* text : {"", "{}"}) {
        const ImportOptions options = parse_import_options(text);
        EXPECT_EQ(options.delimiter, '\0');
        EXPECT_EQ(options.date_order, DateOrder::automatic);
        EXPECT_EQ(options.timezone_offset_minutes, 0);
        EXPECT_EQ(options.on_duplicate, OnDuplicate::first);
        EXPECT_EQ(options.max_details, 20u);
    }
}

TEST(ImportOptions, Choices) {
    EXPECT_EQ(parse_import_options(R"({"delimiter": ","})").delimiter, ',');
    EXPECT_EQ(parse_import_options(R"({"delimiter": "|"})").delimiter, '|');
    EXPECT_EQ(parse_import_options(R"({"delimiter": "\t"})").delimiter, '\t');
    EXPECT_EQ(parse_import_options(R"({"date_order": "mdy"})").date_order, DateOrder::month_first);
    EXPECT_EQ(parse_import_options(R"({"date_order": "automatic"})").date_order, DateOrder::automatic);
    EXPECT_EQ(parse_import_options(R"({"on_duplicate": "last"})").on_duplicate, OnDuplicate::last);
    EXPECT_EQ(parse_import_options(R"({"max_details": 3.0})").max_details, 3u);
}

struct Case {
    const char* json;
    ErrorCode code;
    const char* where;
};

TEST(ImportOptions, Mistakes) {
    for (const Case& c : {
             Case{"{", ErrorCode::syntax_error, "$"},
             Case{"[]", ErrorCode::invalid_option, "$"},
             Case{"null", ErrorCode::invalid_option, "$"},
             Case{R"({"delimeter": ","})", ErrorCode::unknown_name, "$.delimeter"},
             Case{R"({"delimiter": "x"})", ErrorCode::invalid_option, "$.delimiter"},
             Case{R"({"delimiter": ""})", ErrorCode::invalid_option, "$.delimiter"},
             Case{R"({"delimiter": 1})", ErrorCode::invalid_option, "$.delimiter"},
             Case{R"({"date_order": "us"})", ErrorCode::invalid_option, "$.date_order"},
             Case{R"({"on_duplicate": true})", ErrorCode::invalid_option, "$.on_duplicate"},
             Case{R"({"on_duplicate": "best"})", ErrorCode::invalid_option, "$.on_duplicate"},
             Case{R"({"timezone_offset_minutes": 841})", ErrorCode::invalid_option, "$.timezone_offset_minutes"},
             Case{R"({"timezone_offset_minutes": 1e300})", ErrorCode::invalid_option, "$.timezone_offset_minutes"},
             Case{R"({"timezone_offset_minutes": 0.5})", ErrorCode::invalid_option, "$.timezone_offset_minutes"},
             Case{R"({"timezone_offset_minutes": "1"})", ErrorCode::invalid_option, "$.timezone_offset_minutes"},
             Case{R"({"max_details": -1})", ErrorCode::invalid_option, "$.max_details"},
             Case{R"({"max_details": 18446744073709551615})", ErrorCode::invalid_option, "$.max_details"},
             Case{R"({"columns": []})", ErrorCode::invalid_option, "$.columns"},
             Case{R"({"columns": {"Close": "x"}})", ErrorCode::unknown_name, "$.columns.Close"},
             Case{R"({"columns": {"close": ""}})", ErrorCode::invalid_option, "$.columns.close"},
             Case{R"({"columns": {"close": 0}})", ErrorCode::invalid_option, "$.columns.close"},
             Case{R"({"columns": {"close": null}})", ErrorCode::invalid_option, "$.columns.close"},
         }) {
        try {
            parse_import_options(c.json);
            ADD_FAILURE() << "no error: " << c.json;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), c.code) << c.json;
            EXPECT_EQ(error.where(), c.where) << c.json;
        }
    }
}

TEST(ImportOptions, AnUnknownOptionIsToldTheKnownOnes) {
    try {
        parse_import_options(R"({"separator": ","})");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "unknown import option \"separator\"");
        EXPECT_EQ(error.hint(),
                  "Options: delimiter, date_order, timezone_offset_minutes, on_duplicate, max_details, columns.");
    }
}

}  // namespace
}  // namespace evolve
