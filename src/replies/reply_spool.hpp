// A large reply on its way into a file of its own of the reply log, piece by piece as it arrives,
// so that it is never in memory as a whole. The file holds no record until ReplyLog::keep().

#pragma once

#include "base/disk.hpp"
#include "http/message.hpp"
#include "replies/reply_record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nightshift {

class ReplySpool {
public:
    // Where the body lies; good for as long as the reply is neither dropped nor discarded.
    struct Body {
        std::shared_ptr<DiskFile> file;
        std::uint64_t offset = 0;
        std::size_t size = 0;

        std::string read() const;  // from any thread. Throws StorageError
    };

    // `file` may hold what an earlier reply left. Throws StorageError, as do all of these.
    ReplySpool(int file_number, std::shared_ptr<DiskFile> file, std::int64_t row,
               std::int64_t number, int status, const http::Headers& headers);

    void append(std::string_view bytes);
    // No more bytes will come: the record is there to be found.
    void seal();

    Body body() const;
    int file_number() const { return file_number_; }
    std::int64_t row() const { return row_; }
    std::int64_t number() const { return number_; }
    std::uint64_t payload_bytes() const { return payload_bytes_; }

private:
    int file_number_;
    std::shared_ptr<DiskFile> file_;
    std::int64_t row_, number_;
    std::uint64_t front_bytes_ = 0, payload_bytes_ = 0;
    std::uint32_t crc_ = 0;
};

}  // namespace nightshift
