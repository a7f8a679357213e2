// How a reply lies in a file of the reply log: a head of fixed size, then the payload, which ends
// with the body. Little endian; the files never leave the machine.
//
//   head     8 bytes magic, u32 size and u32 CRC-32 of the payload
//   payload  i64 row, i64 number, i32 status, u32 bytes of headers, headers ("name: value\n"), body

#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nightshift::reply_record {

inline constexpr std::size_t head_bytes = 16;
inline constexpr std::size_t payload_bytes_min = 24;

struct Head {
    std::uint32_t size = 0, crc = 0;  // of the payload
};

// What no record begins with.
inline constexpr std::string_view no_head{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", head_bytes};

void write_head(char* to, const Head& head);  // head_bytes of them
std::optional<Head> read_head(const char* from);

std::uint32_t crc_of(std::string_view bytes, std::uint32_t before = 0);

// The payload up to the body.
void append_front(std::string& to, std::int64_t row, std::int64_t number, int status,
                  const http::Headers& headers);

// Of a payload of at least payload_bytes_min.
std::pair<std::int64_t, std::int64_t> row_and_number(std::string_view payload);
http::Reply reply_of(std::string_view payload);

}  // namespace nightshift::reply_record
