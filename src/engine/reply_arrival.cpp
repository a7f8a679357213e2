#include "engine/reply_arrival.hpp"

#include "core/limits.hpp"

#include <utility>

namespace nightshift {

bool ReplyArrival::head(int status, const http::Headers& headers) {
    status_ = status;
    headers_ = headers;
    return true;
}

bool ReplyArrival::write(std::string_view bytes) {
    text_ += bytes;
    if (in_memory_ || text_.size() < limits::reply_memory_bytes) return true;
    const auto ready = keys_.hide_so_far(text_);
    spool(std::string_view(text_).substr(0, ready));
    if (spool_) text_.erase(0, ready);
    return error_ == nullptr;
}

void ReplyArrival::spool(std::string_view bytes) {
    try {
        if (!spool_) spool_ = log_.begin(row_, number_, status_, headers_);
        spool_->append(bytes);
    } catch (const StorageError&) {
        fall_back();
    }
}

// What got to the file is read again.
void ReplyArrival::fall_back() {
    in_memory_ = true;
    const auto spool = std::exchange(spool_, nullptr);
    if (!spool) return;
    try {
        text_.insert(0, spool->body().read());
        log_.discard(*spool);
    } catch (const StorageError&) {
        error_ = std::current_exception();
    }
}

void ReplyArrival::finish(http::Reply& reply) {
    keys_.hide(text_);
    if (spool_) {
        spool(text_);
        if (spool_) text_.clear();
    }
    if (error_) std::rethrow_exception(error_);
    if (spool_ && reply.trouble != http::Trouble::none) {
        auto begin = spool_->body();
        begin.size = std::min(begin.size, limits::error_body_bytes);
        text_ = begin.read();
        log_.discard(*std::exchange(spool_, nullptr));
    }
    reply.body = std::move(text_);
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

}  // namespace nightshift
