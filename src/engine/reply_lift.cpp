#include "engine/reply_lift.hpp"

#include "core/base64.hpp"
#include "core/limits.hpp"
#include "jobs/image_text.hpp"
#include "jobs/json_reply.hpp"
#include "jobs/lifted.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr std::string_view data_mark = ";base64";
constexpr std::size_t group_digits = 4;
constexpr std::size_t magic_digits = 16;  // the first twelve bytes

bool begins_like_an_image(std::string_view digits) {
    const auto bytes = decode_base64(digits.substr(0, magic_digits));
    return bytes && jobs::has_image_magic(*bytes);
}

struct Look {
    std::size_t text = 0;   // bytes before the image, or that no image can begin in
    bool is_image = false;  // one begins there
};

// `before`: what came before the text.
Look look_for_image(std::string_view before, std::string_view text, bool is_last) {
    for (auto at = text.find_first_of("\",");; at = text.find_first_of("\",", at)) {
        if (at == text.npos) return {.text = text.size(), .is_image = false};
        const auto begin = at + 1;
        const auto run = base64_run(text.substr(begin));
        if (run >= limits::lifted_digits_min) {
            const auto near =
                before.substr(before.size() - std::min(before.size(), data_mark.size()));
            const auto front = std::string(near).append(text.substr(0, at));
            const bool opens =
                text[at] == ',' ? front.ends_with(data_mark) : !front.ends_with('\\');
            if (opens && begins_like_an_image(text.substr(begin))) {
                return {.text = begin, .is_image = true};
            }
        } else if (begin + run == text.size() && !is_last) {
            return {.text = at, .is_image = false};  // more of it may come
        }
        at = begin + run;
    }
}

// What a call has taken of a text leaves it, also when the call throws.
class Front {
public:
    explicit Front(std::string& text) : text_(text) {}
    ~Front() { text_.erase(0, bytes); }
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    std::size_t bytes = 0;

private:
    std::string& text_;
};

}  // namespace

// A stream may hand over an image in pieces, each in a frame of its own.
bool ReplyLift::is_worthwhile(std::string_view beginning) {
    return jobs::meat_of(beginning).starts_with('{') &&
           look_for_image({}, beginning, false).is_image;
}

bool ReplyLift::take(std::string& text, std::size_t ready, bool is_last) {
    Front front(text);
    while (front.bytes < ready && !failed_) {
        const auto left = std::string_view(text).substr(front.bytes, ready - front.bytes);
        const bool was_lifting = lifting_;
        const auto taken = lifting_ ? take_run(left, is_last) : take_text(left, is_last);
        front.bytes += taken;
        if (taken == 0 && was_lifting == lifting_) break;
    }
    if (is_last && lifting_) failed_ = true;
    return !failed_;
}

std::size_t ReplyLift::take_text(std::string_view text, bool is_last) {
    auto look = look_for_image(text_, text, is_last);
    if (images_.size() >= limits::outputs_max) look = {.text = text.size(), .is_image = false};
    if (look.is_image) {
        const auto index = static_cast<int>(images_.size()) + 1;
        images_.push_back({.file = log_.lift(row_, number_, index), .bytes = 0});
        opened_by_ = text[look.text - 1];
        lifting_ = true;
    }
    text_ += text.substr(0, look.text);
    return look.text;
}

// Groups of four digits at once; what is left of one waits for the rest of it, or for the end.
std::size_t ReplyLift::take_run(std::string_view text, bool is_last) {
    std::string bytes;
    const auto groups = decode_base64_groups(text, bytes);
    const auto rest = text.substr(groups);
    const auto last = rest.substr(0, base64_run(rest));
    const bool ends = last.size() < rest.size() || is_last;
    const auto last_bytes = decode_base64(last);
    if (last.size() > group_digits || (ends && !last_bytes)) {
        failed_ = true;
        return 0;
    }
    if (ends) bytes += *last_bytes;
    auto& image = images_.back();
    image.file->write(image.bytes, bytes);
    image.bytes += bytes.size();
    if (!ends) return groups;
    failed_ = !end_run(rest.substr(last.size()));
    return groups + last.size();
}

// Whether what comes behind a run shows that it was the whole of an image.
bool ReplyLift::end_run(std::string_view rest) {
    const bool ends = rest.starts_with('"') || (opened_by_ == ',' && rest.starts_with(')'));
    if (!ends) return false;
    lifting_ = false;
    text_ +=
        jobs::mark_of({.index = static_cast<int>(images_.size()), .bytes = images_.back().bytes});
    return true;
}

std::string ReplyLift::put_back() const {
    const auto base64_of = [this](std::size_t index) {
        const auto& image = images_.at(index);
        std::string bytes(static_cast<std::size_t>(image.bytes), '\0');
        if (image.file->read(0, bytes.data(), bytes.size()) != bytes.size()) {
            throw StorageError("read an image of a reply: its file is shorter than it was");
        }
        return encode_base64(bytes);
    };
    auto text = jobs::replace_marks(text_, [&](const jobs::Lifted& lifted) {
        const auto index = static_cast<std::size_t>(lifted.index);
        return index > images_.size() ? jobs::mark_of(lifted) : base64_of(index - 1);
    });
    if (lifting_) text += base64_of(images_.size() - 1);
    return text;
}

void ReplyLift::discard() {
    images_.clear();
    try {
        log_.remove_lifted(row_, number_);
    } catch (const StorageError&) {
        return;  // the next run does it
    }
}

void ReplyLift::sync() {
    for (const auto& image : images_) image.file->sync();
}

}  // namespace nightshift
