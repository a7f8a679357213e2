#include "stages/files_once.hpp"

#include "base/base64.hpp"
#include "files/media/media.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace nightshift::stages {
namespace {

using recipe::Found;
using recipe::Value;

constexpr const char* reads_nothing = "no file is read for a decision";

// Of a file whose bytes do not tell: by the end of its name.
std::string_view media_type_by_name(std::string_view path) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> types = {
        {{".png", "image/png"},
         {".jpg", "image/jpeg"},
         {".jpeg", "image/jpeg"},
         {".webp", "image/webp"},
         {".gif", "image/gif"},
         {".mp4", "video/mp4"},
         {".wav", "audio/wav"},
         {".mp3", "audio/mpeg"},
         {".pdf", "application/pdf"},
         {".txt", "text/plain"},
         {".md", "text/markdown"},
         {".csv", "text/csv"}}};
    for (const auto& [ending, type] : types) {
        if (path.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

Found data_url(std::string_view media_type, std::string_view bytes) {
    return Found::of(
        Value::of_text(fmt::format("data:{};base64,{}", media_type, encode_base64(bytes))));
}

}  // namespace

const FilesOnce::Content& FilesOnce::read(const std::string& path, bool is_own) {
    auto [known, is_new] = (is_own ? own_ : outputs_).try_emplace(path);
    Content& content = known->second;
    if (!is_new) return content;
    content.good = is_own ? files_->own(path, content.bytes, content.error)
                          : files_->output(path, content.bytes, content.error);
    is_missing_ = is_missing_ || !content.good;
    return content;
}

Found FilesOnce::published(const std::string& path, bool is_own) {
    std::string url, error;
    if (!files_->publish(path, is_own, url, error)) return Found::bad(std::move(error));
    used_link_ = true;
    return Found::of(Value::of_text(std::move(url)));
}

Found FilesOnce::output(const std::string& path, const std::string& view,
                        const std::string& media_type) {
    if (files_ == nullptr) return Found::bad(reads_nothing);
    if (view == "url") return published(path, false);
    const Content& content = read(path, false);
    if (!content.good) return Found::bad(content.error);
    if (view == "base64") return Found::of(Value::of_text(encode_base64(content.bytes)));
    return data_url(media_type.empty() ? "application/octet-stream" : media_type, content.bytes);
}

Found FilesOnce::own(const OwnFile& file, const std::vector<std::string>& placeholder) {
    if (placeholder.size() < 2) return Found::bad("it does not say which of its values");
    const std::string& view = placeholder[1];
    if (placeholder.size() > 2) {
        return Found::bad(fmt::format("'{}' has no '{}'", view, placeholder[2]));
    }
    if (view == "path") return Found::of(Value::of_text(file.path));
    if (files_ == nullptr) return Found::bad(reads_nothing);
    if (view == "url") return published(file.path, true);
    const Content& content = read(file.path, true);
    if (!content.good) return Found::bad(content.error);
    if (view == "bytes") {
        return Found::of(Value::of_integer(static_cast<long long>(content.bytes.size())));
    }
    if (view == "base64") return Found::of(Value::of_text(encode_base64(content.bytes)));
    if (view == "text") {
        const auto bad = recipe::first_bad_utf8(content.bytes);
        if (!bad) return Found::of(Value::of_text(content.bytes));
        return Found::bad(fmt::format("{}: byte {} is not UTF-8", file.path, *bad + 1));
    }
    const auto format = format_of(std::string_view(content.bytes).substr(0, 4096));
    const auto type =
        format == Format::unknown ? media_type_by_name(file.path) : media_type_of(format);
    if (view == "data_url") return data_url(type, content.bytes);
    if (view == "media_type") return Found::of(Value::of_text(std::string(type)));
    return Found::bad(fmt::format("a file has no '{}'", view));
}

}  // namespace nightshift::stages
