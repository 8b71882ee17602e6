#include "core/lifecycle/status.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace evolve {
namespace {

TEST(StatusTest, ExactlyTheseTransitionsExist) {
    const std::set<std::pair<Status, Status>> allowed{
        {Status::pending_review, Status::experiment}, {Status::pending_review, Status::duplicate},
        {Status::pending_review, Status::rejected},   {Status::experiment, Status::candidate},
        {Status::experiment, Status::discarded},      {Status::candidate, Status::proposable},
        {Status::candidate, Status::experiment},      {Status::candidate, Status::discarded},
        {Status::proposable, Status::candidate},      {Status::proposable, Status::discarded}};
    for (const Status from : all_statuses) {
        for (const Status to : all_statuses) {
            EXPECT_EQ(transition_allowed(from, to), allowed.contains({from, to})) << to_string(from) << to_string(to);
        }
    }
}

TEST(StatusTest, NamesReadBack) {
    for (const Status status : all_statuses) EXPECT_EQ(parse_status(to_string(status)), status);
    EXPECT_FALSE(parse_status("Experiment"));
    EXPECT_FALSE(parse_status(""));
}

TEST(StatusTest, FinalStatesAreInactive) {
    for (const Status status : all_statuses) {
        bool leaves = false;
        for (const Status to : all_statuses) leaves = leaves || transition_allowed(status, to);
        EXPECT_EQ(is_active(status), leaves) << to_string(status);
    }
    EXPECT_FALSE(is_evolving(Status::pending_review));
    EXPECT_TRUE(is_evolving(Status::experiment));
    EXPECT_TRUE(is_evolving(Status::candidate));
    EXPECT_TRUE(is_evolving(Status::proposable));
    EXPECT_FALSE(is_evolving(Status::discarded));
}

}  // namespace
}  // namespace evolve
