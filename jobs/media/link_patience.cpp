#include "jobs/media/link_patience.hpp"

#include "base/bounds.hpp"

namespace nightshift {
namespace {

constexpr double unreached_s = 600;  // at least so long after the first failure
constexpr double not_there_s = 300;  // at most so long after the link was first seen

}  // namespace

LinkTrouble trouble_of_link(const Failure& failure) {
    if (failure.code == overdue_code) return LinkTrouble::overdue;
    if (failure.kind == Kind::network && failure.code == unreached_code) {
        return LinkTrouble::unreached;
    }
    if (failure.kind != Kind::result_expired) return LinkTrouble::broken;
    return failure.code == expired_code ? LinkTrouble::expired : LinkTrouble::not_there;
}

bool LinkPatience::allows_another(LinkTrouble trouble, Instant now) {
    const bool first = failures_++ == 0;
    if (trouble == LinkTrouble::overdue) return false;
    if (trouble == LinkTrouble::unreached) {
        ++unreached_;
        if (!unreached_since_) unreached_since_ = now;
        return unreached_ < limits::download_tries ||
               now - *unreached_since_ < seconds(unreached_s);
    }
    if (first && renewable_) return true;
    return trouble == LinkTrouble::not_there && now - seen_ < seconds(not_there_s);
}

Failure given_up(Failure last) {
    if (trouble_of_link(last) != LinkTrouble::unreached) return last;
    last.kind = Kind::result_expired;
    last.message += "; given up after several tries in ten minutes, `retry` asks for it again";
    return last;
}

}  // namespace nightshift
