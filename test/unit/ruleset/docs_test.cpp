// Every example of docs/ruleset.md is read, every error in it happens.
#include <filesystem>
#include <fstream>

#include "core/ruleset/operators.hpp"
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

std::vector<std::string> lines_of_document() {
    std::ifstream file(std::filesystem::path(EVOLVE_SOURCE_DIR) / "docs/ruleset.md");
    EXPECT_TRUE(file) << "docs/ruleset.md is missing";
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// The contents of the fenced blocks of a kind.
std::vector<std::string> blocks(const std::string& kind) {
    std::vector<std::string> found;
    bool inside = false;
    for (const std::string& line : lines_of_document()) {
        if (line == "```" + kind) {
            inside = true;
            found.emplace_back();
        } else if (line.starts_with("```")) {
            inside = false;
        } else if (inside) {
            found.back() += line + "\n";
        }
    }
    return found;
}

std::map<std::string, Parameter> parameters_of_examples() {
    const Parameter fixed{.value = 30, .minimum = {}, .maximum = {}, .step = {}};
    return {{"fast", fixed}, {"low", fixed}};
}

TEST(Document, JsonExamplesAreRead) {
    const auto examples = blocks("json");
    EXPECT_GE(examples.size(), 5u);
    for (const std::string& example : examples) {
        SCOPED_TRACE(example);
        try {
            const bool tree = nlohmann::json::parse(example).contains("op");
            if (tree) {
                parse_expression(example, {}, parameters_of_examples());
                continue;
            }
            const Ruleset ruleset = parse_ruleset(example);
            EXPECT_TRUE(check_ruleset(example).empty());
            EXPECT_EQ(parse_ruleset(to_json(ruleset, Form::text).dump()), ruleset);
        } catch (const Error& error) {
            ADD_FAILURE() << error.where() << ": " << error.message();
        }
    }
}

TEST(Document, TextExamplesAreRead) {
    std::size_t count = 0;
    for (const std::string& block : blocks("text")) {
        std::istringstream lines(block);
        for (std::string line; std::getline(lines, line); ++count) {
            SCOPED_TRACE(line);
            try {
                const Node node = parse_expression(line, {}, parameters_of_examples());
                EXPECT_EQ(check_units(node, parameters_of_examples()), Unit::condition);
            } catch (const Error& error) {
                ADD_FAILURE() << error.where() << ": " << error.message();
            }
        }
    }
    EXPECT_GE(count, 10u);
}

TEST(Document, ErrorsHappenAsWritten) {
    std::size_t count = 0;
    for (const std::string& line : lines_of_document()) {
        const std::size_t place = line.find("` | `$.entry, position ");
        if (!line.starts_with("| `") || place == std::string::npos) continue;
        ++count;
        const std::string entry = line.substr(3, place - 3);
        std::string expected = line.substr(place + 5, line.size() - place - 5 - 2);  // without " |"
        expected.erase(expected.find('`'), 1);
        const auto error = error_of([&] { parse_ruleset("{\"entry\": \"" + entry + "\"}"); });
        ASSERT_TRUE(error) << entry;
        EXPECT_EQ(error->where() + ": " + error->message(), expected);
    }
    EXPECT_GE(count, 8u);
}

TEST(Document, NamesEveryOperatorSeriesAndAlias) {
    std::string text;
    for (const std::string& line : lines_of_document()) text += line + "\n";
    for (const Operator& known : all_operators()) {
        EXPECT_NE(text.find("`" + std::string(known.name) + "`"), std::string::npos) << known.name;
    }
    for (const std::string_view series : all_series()) EXPECT_NE(text.find(series), std::string::npos) << series;
}

}  // namespace
}  // namespace evolve::test
