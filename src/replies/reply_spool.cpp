#include "replies/reply_spool.hpp"

#include <array>
#include <utility>

namespace nightshift {

using reply_record::head_bytes;

std::string ReplySpool::Body::read() const {
    std::string bytes(size, '\0');
    const auto got = file->read(offset, bytes.data(), size);
    if (got != size) throw StorageError("read a reply: its file is shorter than it was");
    return bytes;
}

ReplySpool::ReplySpool(int file_number, std::shared_ptr<DiskFile> file, std::int64_t row,
                       std::int64_t number, int status, const http::Headers& headers)
    : file_number_(file_number), file_(std::move(file)), row_(row), number_(number) {
    std::string front(reply_record::no_head);
    reply_record::append_front(front, row, number, status, headers);
    file_->write(0, front);
    front_bytes_ = payload_bytes_ = front.size() - head_bytes;
    crc_ = reply_record::crc_of(std::string_view(front).substr(head_bytes));
}

void ReplySpool::append(std::string_view bytes) {
    file_->write(head_bytes + payload_bytes_, bytes);
    payload_bytes_ += bytes.size();
    crc_ = reply_record::crc_of(bytes, crc_);
}

void ReplySpool::seal() {
    std::array<char, head_bytes> head{};
    reply_record::write_head(head.data(),
                             {.size = static_cast<std::uint32_t>(payload_bytes_), .crc = crc_});
    file_->write(0, {head.data(), head.size()});
}

ReplySpool::Body ReplySpool::body() const {
    return {.file = file_,
            .offset = head_bytes + front_bytes_,
            .size = static_cast<std::size_t>(payload_bytes_ - front_bytes_)};
}

}  // namespace nightshift
