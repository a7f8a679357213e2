// Takes the images out of a reply's text while it arrives: their base64 is decoded into files of
// the reply log, so that they are written once and never in memory, and marks
// (jobs/media/extracted_image) stand in its place. Only what is certain is taken: a long run of
// base64 that begins like an image and fills a JSON string, or the rest of one after "base64,".

#pragma once

#include "base/thread_pool.hpp"
#include "replies/reply_log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

class ReplyLift {
public:
    // True when an image begins in the beginning of a reply, and the reply is one JSON object.
    static bool is_worthwhile(std::string_view beginning);

    // `files` write the images. Both must outlive it.
    ReplyLift(ReplyLog& log, Workers& files, std::int64_t row, std::int64_t number)
        : log_(log), files_(files), row_(row), number_(number) {}

    // Takes what it can of the first `ready` bytes of `text`, which goes on where the last call
    // left it. False: the base64 is not what it looked like. Then, and after a StorageError, which
    // this throws, what `put_back` gives and what is left of `text` are the reply so far.
    bool take(std::string& text, std::size_t ready, bool is_last);
    // Gives what was taken piece by piece, the images as base64 of the standard alphabet, padded.
    // Throws StorageError.
    void put_back(const std::function<void(std::string_view)>& to) const;

    // What was taken, with marks.
    const std::string& text() const { return text_; }
    // Makes the images durable and gives the SHA-256 of each. From any thread. Throws StorageError.
    std::vector<std::string> finish() const;
    // The reply will not be kept with marks: the files go.
    void discard();

private:
    struct Image {
        std::shared_ptr<WriteBehind> file;
        std::uint64_t bytes = 0;
        std::size_t mark_at = 0;  // in the text, once it is whole
    };
    std::size_t take_text(std::string_view text, bool is_last);
    std::size_t take_run(std::string_view text, bool is_last);
    bool is_end(std::string_view rest) const;
    void lift_next();
    void follow(const Image& image);

    ReplyLog& log_;
    Workers& files_;
    std::int64_t row_, number_;
    std::string text_;
    std::vector<Image> images_;
    bool lifting_ = false;  // the last one is on its way
    char opened_by_ = '"';  // what stands before its base64
    bool failed_ = false;
};

}  // namespace nightshift
