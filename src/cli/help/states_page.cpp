// `nightshift help states`.

#include "cli/help/page.hpp"
#include "storage/store.hpp"

namespace nightshift::cli {
namespace {

const char* meaning_of(State state) {
    switch (state) {
        case State::pending:
            return "waits to be sent, for the first time or again";
        case State::running:
            return "its request is under way; after a crash: its outcome is unknown";
        case State::submitted:
            return "the gateway has it as a remote task: it is polled and fetched, and never "
                   "ordered again by itself";
        case State::succeeded:
            return "done: its result is in the ledger and in outputs/";
        case State::failed:
            return "over for a reason that `help errors` lists; `nightshift retry DIR --failed` "
                   "queues it again";
        case State::held:
            return "needs your decision: it may already be paid, and sending it again could pay "
                   "twice; `nightshift retry DIR --held` sends it again";
        case State::cancelled:
            return "dropped by `nightshift cancel` before it was sent";
    }
    return "";
}

}  // namespace

Page states_page() {
    Page page{
        .name = "states",
        .summary = "where a task may be",
        .paragraphs = {"A task begins pending and ends in one of the last four, with one line "
                       "in the ledger. Nothing that is paid is forgotten on the way: see "
                       "`nightshift show DIR ID`."},
        .tables = {}};
    PageTable table;
    for (int i = 0; i <= static_cast<int>(State::cancelled); ++i) {
        const auto state = static_cast<State>(i);
        table.rows.push_back({std::string(name_of(state)), meaning_of(state)});
    }
    page.tables.push_back(std::move(table));
    return page;
}

}  // namespace nightshift::cli
