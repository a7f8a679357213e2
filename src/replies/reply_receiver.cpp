#include "replies/reply_receiver.hpp"

#include "base/bounds.hpp"
#include "replies/own_end.hpp"

#include <utility>

namespace nightshift {
namespace {

constexpr std::size_t lifted_at_once_bytes = 64u << 10;  // one write each

// The last byte of a reply that is no white space; NUL when there is none.
char last_of(std::string_view text, const ReplyLift* lift) {
    const std::string_view blanks = " \t\r\n";
    auto at = text.find_last_not_of(blanks);
    if (at == std::string_view::npos && lift != nullptr) {
        text = lift->text();
        at = text.find_last_not_of(blanks);
    }
    return at == std::string_view::npos ? '\0' : text[at];
}

// An image that is cut does not end so.
bool is_closed_bracket(char c) {
    return c == '}' || c == ']';
}

}  // namespace

bool ReplyArrival::head(int status, const http::Headers& headers) {
    status_ = status;
    headers_ = headers;
    keys_.hide(headers_);
    return true;
}

bool ReplyArrival::write(std::string_view bytes) {
    arriving_.add(bytes, text_);
    const auto enough = lift_ ? lifted_at_once_bytes : limits::reply_memory_bytes;
    if (in_memory_ || text_.size() < enough) return true;
    const bool begins = may_lift_ && !lift_ && !spool_ && ReplyLift::is_worthwhile(text_);
    if (begins) lift_ = std::make_unique<ReplyLift>(log_, files_, row_, number_);
    if (lift_) {
        lift(false);
        if (begins) text_.shrink_to_fit();  // less waits in it from here on
        if (lift_ || in_memory_) return error_ == nullptr;
    }
    spool(text_);
    if (spool_) text_.clear();
    return error_ == nullptr;
}

void ReplyArrival::lift(bool is_last) {
    try {
        const bool taken = lift_->take(text_, text_.size(), is_last);
        if (taken && lift_->text().size() <= limits::reply_memory_bytes) return;
    } catch (const StorageError&) {
        return fall_back();
    }
    give_up_lifting();
}

// The images go back into the text, which goes where large replies without any go.
void ReplyArrival::give_up_lifting() {
    may_lift_ = false;
    const auto lift = std::exchange(lift_, nullptr);
    const auto left = std::exchange(text_, {});
    try {
        lift->put_back([this](std::string_view piece) {
            text_ += piece;
            if (in_memory_ || text_.size() < limits::reply_memory_bytes) return;
            spool(text_);
            if (spool_) text_.clear();
        });
    } catch (const StorageError&) {
        error_ = std::current_exception();
    }
    lift->discard();
    text_ += left;
}

void ReplyArrival::spool(std::string_view bytes) {
    try {
        if (!spool_) spool_ = log_.begin(row_, number_, status_, headers_);
        spool_->append(bytes);
    } catch (const StorageError&) {
        fall_back();
    }
}

// What got to files is read again.
void ReplyArrival::fall_back() {
    in_memory_ = true;
    const auto spool = std::exchange(spool_, nullptr);
    const auto lift = std::exchange(lift_, nullptr);
    try {
        if (lift) {
            const auto left = std::exchange(text_, {});
            lift->put_back([this](std::string_view piece) { text_ += piece; });
            text_ += left;
            lift->discard();
        } else if (spool) {
            text_.insert(0, spool->body().read());
            log_.discard(*spool);
        }
    } catch (const StorageError&) {
        error_ = std::current_exception();
    }
}

void ReplyArrival::finish(http::Reply& reply) {
    arriving_.end(text_);
    const bool may_be_whole =
        reply.trouble == http::Trouble::none ||
        (ended_early(reply) && is_closed_bracket(last_of(text_, lift_.get())));
    if (lift_ && may_be_whole) lift(true);
    if (spool_) {
        spool(text_);
        if (spool_) text_.clear();
    }
    if (error_) std::rethrow_exception(error_);
    if (lift_) text_ = lift_->text();
    const bool whole = is_whole(reply);
    if (lift_ && !whole) std::exchange(lift_, nullptr)->discard();
    if (spool_ && !whole) {
        auto begin = spool_->body();
        begin.size = std::min(begin.size, limits::error_body_bytes);
        text_ = begin.read();
        log_.discard(*std::exchange(spool_, nullptr));
    }
    reply.body = std::move(text_);
}

bool ReplyArrival::is_whole(http::Reply& reply) const {
    if (job_ != nullptr && ended_early(reply)) {
        const bool ends = has_own_end(*job_, spool_ ? spool_->body().read() : text_);
        if (ends) reply.trouble = http::Trouble::none;
        if (ends) reply.trouble_text.clear();
    }
    return reply.trouble == http::Trouble::none;
}

std::shared_ptr<DiskFile> ReplyArrival::keep(http::Reply& reply) {
    try {
        log_.keep(*spool_);
        return spool_->body().file;
    } catch (const StorageError&) {
        fall_back();
    }
    if (error_) std::rethrow_exception(error_);
    reply.body = std::move(text_);
    return nullptr;
}

void ReplyArrival::put_back(http::Reply& reply) {
    text_.clear();
    fall_back();
    if (error_) std::rethrow_exception(error_);
    reply.body = std::move(text_);
}

}  // namespace nightshift
