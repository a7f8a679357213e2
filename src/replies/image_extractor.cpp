#include "replies/image_extractor.hpp"

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "files/media/media.hpp"
#include "jobs/media/extracted_image.hpp"
#include "jobs/protocol/json_reply.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr std::string_view data_mark = ";base64";
constexpr std::size_t group_digits = 4;
constexpr std::size_t magic_digits = 64;

bool begins_like_an_image(std::string_view digits) {
    const auto bytes = decode_base64(digits.substr(0, magic_digits));
    return bytes && is_image(facts_of(*bytes).format);
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
        const auto taken = was_lifting ? take_run(left, is_last) : take_text(left, is_last);
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
        lift_next();
        opened_by_ = text[look.text - 1];
    }
    text_ += text.substr(0, look.text);
    return look.text;
}

void ReplyLift::lift_next() {
    const auto next = static_cast<int>(images_.size()) + 1;
    if (next > 1) follow(images_.back());
    images_.push_back({.file = log_.lift(row_, number_, next)});
    lifting_ = true;
}

void ReplyLift::follow(const Image& image) {
    files_.run_aside([file = image.file] { file->follow(); });
}

// Groups of four digits at once; what is left of one waits for the rest of it, or for the end.
std::size_t ReplyLift::take_run(std::string_view text, bool is_last) {
    auto& image = images_.back();
    auto piece = text.size() < group_digits ? std::string() : image.file->spare();
    auto [digits, bytes] = decode_base64_groups(text, piece);
    const auto rest = text.substr(digits);
    const auto last = rest.substr(0, base64_run(rest));
    const auto last_bytes = decode_base64(last);
    const bool ends = last.size() < rest.size() || is_last;
    const bool whole = ends && last_bytes && is_end(rest.substr(last.size()));
    failed_ = last.size() > group_digits || (ends && !whole);
    if (whole) {
        piece.replace(bytes, last_bytes->size(), *last_bytes);
        bytes += last_bytes->size();
    }
    if (bytes > 0 && image.file->add(std::move(piece), bytes)) follow(image);
    image.bytes += bytes;
    if (failed_ || !whole) return digits;  // the last digits are part of what is left
    image.mark_at = text_.size();
    text_ += jobs::mark_of({.index = static_cast<int>(images_.size()), .bytes = image.bytes});
    lifting_ = false;
    return digits + last.size();
}

// True when what comes behind a run shows that it was the whole of an image.
bool ReplyLift::is_end(std::string_view rest) const {
    return rest.starts_with('"') || (opened_by_ == ',' && rest.starts_with(')'));
}

void ReplyLift::put_back(const std::function<void(std::string_view)>& to) const {
    auto text = std::string_view(text_);
    std::size_t before = 0;  // of the text that is given
    for (std::size_t at = 0; at < images_.size(); ++at) {
        const auto& image = images_[at];
        const bool is_marked = !lifting_ || at + 1 < images_.size();
        const auto end = is_marked ? image.mark_at : text.size();
        to(text.substr(before, end - before));
        image.file->give([&to](std::string_view bytes) { to(encode_base64(bytes)); });
        const jobs::Lifted lifted{.index = static_cast<int>(at) + 1, .bytes = image.bytes};
        before = is_marked ? end + jobs::mark_of(lifted).size() : end;
    }
    to(text.substr(before));
}

void ReplyLift::discard() {
    for (const auto& image : images_) image.file->abandon();
    log_.remove_lifted(row_, number_);
}

std::vector<std::string> ReplyLift::finish() const {
    std::vector<std::string> hashes;
    for (const auto& image : images_) hashes.push_back(image.file->finish());
    return hashes;
}

}  // namespace nightshift
