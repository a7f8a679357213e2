// What every store must keep, whatever it is made of: cases that take a fresh store.

#pragma once

#include "storage/store.hpp"

#include <functional>

namespace nightshift::test {

// Small helpers on top of the verbs.
NewTask task_named(std::string_view id, std::string_view body = "{}");
void load(Store& store, const std::vector<NewTask>& tasks, OnChange on_change = OnChange::error);
std::vector<Row> claim_all(Store& store, int limit = 100, std::int64_t now = 1);
Ending success_of(const Row& row, std::int64_t number = 1);

}  // namespace nightshift::test
