#include "storage/sqlite/intent_turns.hpp"

#include <charconv>

namespace nightshift {
namespace {

void append(std::string& text, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    text.append(digits, end);
}

}  // namespace

std::int64_t IntentTurns::add(std::int64_t row, std::int64_t number, std::int64_t at) {
    rows_ += rows_.empty() ? "[[" : ",[";
    append(rows_, row);
    rows_ += ',';
    append(rows_, number);
    rows_ += ',';
    append(rows_, at);
    rows_ += ']';
    ++open_[turn_];
    return turn_;
}

void IntentTurns::end(std::int64_t turn) {
    const auto found = open_.find(turn);
    if (found == open_.end() || --found->second > 0) return;
    over_.push_back(turn);
    open_.erase(found);
}

void IntentTurns::next() {
    ++turn_;
    rows_.clear();
    over_.clear();
}

void IntentTurns::clear() {
    next();
    open_.clear();
}

}  // namespace nightshift
