#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/lineage/labels.hpp"
#include "core/lineage/layout.hpp"

namespace evolve {
namespace {

LineageGraph family() {
    LineageGraph graph;
    graph.nodes = {
        {.id = "a", .name = "Root", .status = "candidate", .owner = "u1", .generation = 0, .score = 0.5},
        {.id = "b", .name = "Other root", .status = "experiment", .owner = "u2", .generation = 0, .score = NAN},
        {.id = "c",
         .name = "Child",
         .status = "proposable",
         .owner = "u1",
         .generation = 1,
         .score = 0.734,
         .focus = true}};
    graph.edges = {{.parent = 0, .child = 2, .kind = "crossover", .similarity = 0.87},
                   {.parent = 1, .child = 2, .kind = "crossover", .similarity = NAN}};
    return graph;
}

// Any text that an application may have let in as a name.
const char* const hostile[] = {"\"]; evil [label=\"",
                               "</text><script>alert(1)</script>",
                               "a\\",
                               "|end|\nn0 --> n1",
                               "&amp; & <",
                               "#quot; ${x}",
                               "\x01\x1f\x7f",
                               "naïve 日本語",
                               "`**bold**` <br/>",
                               "]]>",
                               "%%{init: {}}%%",
                               "--> end"};

LineageGraph hostile_family() {
    LineageGraph graph = family();
    for (const char* name : hostile) {
        graph.nodes.push_back({.id = name, .name = name, .status = name, .owner = name, .generation = 1, .score = 1});
        graph.edges.push_back({.parent = 0, .child = graph.nodes.size() - 1, .kind = name, .similarity = 1});
    }
    graph.left_out = 3;
    return graph;
}

// Tags that nest, attributes in quotes, no stray character: what an XML parser asks for.
std::string fault_of_xml(const std::string& text) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 && byte != '\n') return "control character";
        if (text[i] == '>') return "stray >";
        if (text[i] == '&') {
            const std::size_t end = text.find(';', i);
            static const std::set<std::string> known{"amp", "lt", "gt", "quot"};
            if (end == std::string::npos || known.count(text.substr(i + 1, end - i - 1)) == 0) return "bare &";
        }
        if (text[i] != '<') continue;
        std::size_t end = i + 1;
        for (bool quoted = false; end < text.size() && (quoted || text[end] != '>'); ++end) {
            if (text[end] == '"') quoted = !quoted;
            if (text[end] == '<') return "< in a tag";
        }
        if (end == text.size()) return "a tag without an end";
        const std::string tag = text.substr(i + 1, end - i - 1), name = tag.substr(0, tag.find_first_of(" \n"));
        if (tag[0] == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return "</" + tag.substr(1) + "> closes nothing";
            open.pop_back();
        } else if (tag[0] != '?' && tag.back() != '/') {
            open.push_back(name);
        }
        i = end;
    }
    return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

TEST(LineageGraph, Dot) {
    EXPECT_EQ(to_dot(family()), R"(digraph lineage {
  rankdir=TB;
  node [shape=box, style=rounded, fontname="Helvetica"];
  edge [fontname="Helvetica", fontsize=10];
  "a" [label="Root\ncandidate, score 0.50, generation 0"];
  "b" [label="Other root\nexperiment, generation 0"];
  "c" [label="Child\nproposable, score 0.73, generation 1", penwidth=3];
  "a" -> "c" [label="crossover, 87 % alike"];
  "b" -> "c" [label="crossover"];
}
)");
}

TEST(LineageGraph, Mermaid) {
    EXPECT_EQ(to_mermaid(family()), R"(flowchart TD
    n0["Root<br/>candidate, score 0.50, generation 0"]
    n1["Other root<br/>experiment, generation 0"]
    n2["Child<br/>proposable, score 0.73, generation 1"]
    n0 -->|"crossover, 87 #37; alike"| n2
    n1 -->|"crossover"| n2
    style n2 stroke-width:3px
)");
}

TEST(LineageGraph, GraphMl) {
    const std::string text = to_graphml(family());
    EXPECT_EQ(fault_of_xml(text), "");
    EXPECT_NE(text.find("<edge source=\"a\" target=\"c\">\n      <data key=\"kind\">crossover</data>\n"
                        "      <data key=\"similarity\">0.87</data>"),
              std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(LineageGraph, ProvJson) {
    const auto document = nlohmann::json::parse(to_prov_json(family()));
    EXPECT_EQ(document.at("entity").size(), 3u);
    EXPECT_EQ(document.at("entity").at("uuid:c").at("evolve:score"), 0.734);
    EXPECT_FALSE(document.at("entity").at("uuid:b").contains("evolve:score"));
    EXPECT_EQ(document.at("agent").size(), 2u);
    EXPECT_EQ(document.at("wasDerivedFrom").at("_:d1").at("prov:usedEntity"), "uuid:a");
    EXPECT_EQ(document.at("wasDerivedFrom").at("_:d1").at("prov:generatedEntity"), "uuid:c");
    EXPECT_EQ(document.at("wasAttributedTo").size(), 3u);
}

TEST(LineageGraph, NoNameBreaksOut) {
    const LineageGraph graph = hostile_family();
    EXPECT_EQ(fault_of_xml(to_svg(graph)), "");
    EXPECT_EQ(fault_of_xml(to_graphml(graph)), "");
    EXPECT_EQ(to_svg(graph).find("<script"), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(to_prov_json(graph)));
    // Of Mermaid's and DOT's texts every line is still a whole statement.
    const std::string mermaid = to_mermaid(graph), dot = to_dot(graph);
    EXPECT_EQ(static_cast<std::size_t>(std::count(mermaid.begin(), mermaid.end(), '\n')),
              3 + graph.nodes.size() + graph.edges.size());
    EXPECT_EQ(static_cast<std::size_t>(std::count(dot.begin(), dot.end(), '\n')),
              6 + graph.nodes.size() + graph.edges.size());
    std::size_t quotes = 0;
    for (std::size_t i = 0; i < dot.size(); ++i) {
        if (dot[i] == '\\') {
            ++i;
        } else if (dot[i] == '"') {
            ++quotes;
        } else if (dot[i] == '\n') {
            EXPECT_EQ(quotes % 2, 0u);
        }
    }
    EXPECT_NE(dot.find("3 more relatives are not shown"), std::string::npos);
    // The checker finds what it is for.
    EXPECT_NE(fault_of_xml("<a><b></a>"), "");
    EXPECT_NE(fault_of_xml("<a>&x</a>"), "");
}

TEST(LineageGraph, ReadsWhatTheDatabaseSends) {
    const LineageGraph graph = read_lineage_graph(
        R"({"nodes": [{"id": "x", "name": null, "score": null, "generation": 2}, {"id": "y", "name": "Y", "focus": true}],
            "edges": [{"parent": "x", "child": "y", "kind": "crossover", "similarity": 0.5}], "left_out": 1})");
    EXPECT_EQ(title(graph.nodes[0]), "a strategy of somebody else");
    EXPECT_EQ(graph.nodes[0].generation, 2u);
    EXPECT_TRUE(graph.nodes[1].focus);
    EXPECT_EQ(left_out_note(graph), "1 more relative is not shown");
    for (const char* broken :
         {"", "[]", "{}", R"({"nodes": 1, "edges": []})", R"({"nodes": [1], "edges": []})",
          R"({"nodes": [{}], "edges": []})", R"({"nodes": [{"id": "a"}, {"id": "a"}], "edges": []})",
          R"({"nodes": [{"id": "a"}], "edges": [{"parent": "a", "child": "b"}]})",
          R"({"nodes": [{"id": "a"}], "edges": [7]})"}) {
        EXPECT_THROW(read_lineage_graph(broken), Error) << broken;
    }
    EXPECT_THROW(graph_format("png"), Error);
}

TEST(LineageGraph, TextsAreCutInTheMiddle) {
    EXPECT_EQ(shortened("Three red days #d7b866", 27), "Three red days #d7b866");
    EXPECT_EQ(shortened("Pullback below the channel #8d15ab", 27), "Pullback below t... #8d15ab");
    EXPECT_EQ(shortened("一二三四五六七八九十百千万", 12), "一...六七八九十百千万");
}

LineageGraph random_graph(Random& random) {
    LineageGraph graph;
    const std::size_t count = 1 + random.below(40);
    for (std::size_t i = 0; i < count; ++i) {
        graph.nodes.push_back(
            {.id = std::to_string(i), .name = "n", .status = "", .owner = "", .generation = 0, .score = NAN});
        std::set<std::size_t> parents;
        for (std::size_t k = random.below(3); k > 0 && i > 0; --k) parents.insert(random.below(i));
        for (const std::size_t parent : parents)
            graph.edges.push_back({.parent = parent, .child = i, .kind = "m", .similarity = 1});
    }
    return graph;
}

TEST(Layout, ParentsStandAboveAndNothingOverlaps) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        Random random(seed);
        const LineageGraph graph = random_graph(random);
        const Layout layout = lay_out(graph);
        ASSERT_EQ(layout.places.size(), graph.nodes.size());
        ASSERT_EQ(layout.routes.size(), graph.edges.size());
        std::set<std::pair<std::size_t, double>> taken;
        const auto take = [&](const Place& place) {
            EXPECT_TRUE(taken.emplace(place.layer, place.x).second);
            EXPECT_LT(place.layer, layout.layers);
            EXPECT_GE(place.x, 0.5);
            EXPECT_LE(place.x, layout.width - 0.5);
        };
        for (const Place& place : layout.places) take(place);
        for (std::size_t i = 0; i < graph.edges.size(); ++i) {
            std::size_t layer = layout.places[graph.edges[i].parent].layer;
            for (const Place& place : layout.routes[i]) {
                EXPECT_EQ(place.layer, ++layer);
                take(place);
            }
            EXPECT_EQ(layout.places[graph.edges[i].child].layer, layer + 1);
        }
        EXPECT_EQ(fault_of_xml(to_svg(graph)), "");
    }
}

// Two pairs of parent and child listed crosswise: a drawing without a crossing exists and is found.
TEST(Layout, UncrossesWhatCanBe) {
    LineageGraph graph;
    for (int i = 0; i < 8; ++i)
        graph.nodes.push_back(
            {.id = std::to_string(i), .name = "", .status = "", .owner = "", .generation = 0, .score = NAN});
    for (std::size_t i = 0; i < 4; ++i)
        graph.edges.push_back({.parent = i, .child = 7 - i, .kind = "", .similarity = 1});
    EXPECT_EQ(lay_out(graph).crossings, 0u);
    graph.edges.push_back({.parent = 0, .child = 4, .kind = "", .similarity = 1});
    graph.edges.push_back({.parent = 3, .child = 7, .kind = "", .similarity = 1});
    EXPECT_GT(lay_out(graph).crossings, 0u);  // two cycles of four cannot be drawn flat in two rows
}

TEST(Layout, OfNothing) { EXPECT_EQ(lay_out({}).layers, 0u); }

}  // namespace
}  // namespace evolve
