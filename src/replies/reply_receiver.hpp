// The reply to a POST as it arrives, without the key. A small one stays in memory. From a large one
// the images are lifted, and what is left is small; otherwise it goes to a file of the reply log
// piece by piece, to be read from there when there is room. Where the disk refuses, all of it stays
// in memory: it is paid.

#pragma once

#include "replies/image_extractor.hpp"
#include "replies/keyring.hpp"
#include "replies/reply_log.hpp"

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

class ReplyArrival : public http::Sink {
public:
    // All must outlive it. `may_lift`: whoever reads the reply knows marks. `job`: whose reply it
    // is, to tell one that is whole though its connection broke; null: none is.
    struct From {
        std::int64_t row = 0, number = 0;
        bool may_lift = false;
        const Job* job = nullptr;
    };
    ReplyArrival(ReplyLog& log, Workers& files, const Keyring& keys, const From& from)
        : log_(log),
          files_(files),
          keys_(keys),
          arriving_(keys.key()),
          row_(from.row),
          number_(from.number),
          job_(from.job),
          may_lift_(from.may_lift) {}

    bool head(int status, const http::Headers& headers) override;
    bool write(std::string_view bytes) override;

    // The exchange is over: gives the reply its body, unless that is in a file and whole. One that
    // has its own end is whole, whatever trouble its connection had. Of one that is not whole the
    // beginning is enough. Throws StorageError when it could not be kept
    // anywhere.
    void finish(http::Reply& reply);
    bool is_spooled() const { return spool_ != nullptr; }
    // Of a whole reply in a file: the record is there to be found. Returns the file, to be synced;
    // none, and the reply has its body, when the disk refused.
    std::shared_ptr<DiskFile> keep(http::Reply& reply);
    ReplySpool::Body body() const { return spool_->body(); }

    // The text has marks for images that are in files. They must be durable before it is kept.
    bool is_lifted() const { return lift_ != nullptr; }
    // From any thread: the SHA-256 of each. Throws StorageError.
    std::vector<std::string> finish_lifted() const { return lift_->finish(); }
    // The disk refused to sync them: the reply has all of its body again.
    void put_back(http::Reply& reply);

private:
    void lift(bool is_last);
    void give_up_lifting();
    void spool(std::string_view bytes);
    void fall_back();
    bool is_whole(http::Reply& reply) const;

    ReplyLog& log_;
    Workers& files_;
    const Keyring& keys_;
    SecretStream arriving_;
    std::int64_t row_, number_;
    const Job* job_;
    int status_ = 0;
    http::Headers headers_;
    std::string text_;  // without the key, and not in a file
    std::unique_ptr<ReplyLift> lift_;
    std::unique_ptr<ReplySpool> spool_;
    bool may_lift_;           // not again, once it was given up
    bool in_memory_ = false;  // the disk refused
    std::exception_ptr error_;
};

}  // namespace nightshift
