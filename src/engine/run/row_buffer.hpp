// Rows of a lane that are claimed and not started, in the order of the queue.

#pragma once

#include "storage/store.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace nightshift {

inline bool is_retry(const Row& row) {
    return row.failures > 0;
}

class RowBuffer {
public:
    void push(Row row) {
        bytes_ += row.body.size();
        first_tries_ += is_retry(row) ? 0 : 1;
        rows_.push_back(std::move(row));
    }
    Row take(std::size_t at) {
        auto row = std::move(rows_[at]);
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(at));
        bytes_ -= row.body.size();
        first_tries_ -= is_retry(row) ? 0 : 1;
        return row;
    }
    std::deque<Row> take_all() {
        bytes_ = first_tries_ = 0;
        return std::exchange(rows_, {});
    }

    bool empty() const { return rows_.empty(); }
    const Row& front() const { return rows_.front(); }
    const Row& operator[](std::size_t at) const { return rows_[at]; }
    std::size_t bytes() const { return bytes_; }  // of bodies
    std::size_t first_tries() const { return first_tries_; }
    std::optional<std::size_t> first_try() const {  // the first of them
        const auto found = std::find_if_not(rows_.begin(), rows_.end(), is_retry);
        if (found == rows_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - rows_.begin());
    }

private:
    std::deque<Row> rows_;
    std::size_t bytes_ = 0, first_tries_ = 0;
};

}  // namespace nightshift
