// A secret, and how it is hidden in texts that others wrote: a gateway may say the key back, as it
// was sent or in any of the forms that programs write strings in.
//
// Hidden ("[key]") is the whole of it, from eight characters on: as it stands, in either case, with
// any of its characters escaped (base/text/escape), in base64 or hexadecimal; and a part of it that
// has sixteen characters beyond its public prefix. What merely begins as it does stays: an example
// such as "sk-proj-your-key-here" is part of an answer. Left alone is the base64 of images, sound
// and video. A text that was a JSON document before is one after.
//
// The time is that of one look at every eighth byte, as long as nothing is found.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

class Secret {
public:
    // One of less than eight characters is hidden nowhere: it would be found in ordinary words.
    explicit Secret(std::string value);

    const std::string& value() const { return value_; }
    void hide(std::string& text) const;

private:
    friend class SecretStream;
    struct Index;
    struct Span {
        std::size_t begin = 0, end = 0;
    };
    // `text` from `from` on.
    struct Look {
        std::string_view text;
        std::size_t from = 0;
        bool in_media = false;  // `from` is within base64 that is left alone
        bool is_last = true;    // nothing follows
    };
    struct Sight {
        std::vector<Span> spans;  // to be hidden, in order, apart
        std::size_t ready = 0;    // up to where nothing that follows can change this
        bool in_media = false;    // there
    };
    Sight look(const Look& at) const;
    static std::vector<Span> apart(std::string_view text, std::vector<Span> found);
    static void append_hidden(std::string& to, std::string_view text, std::size_t from,
                              const Sight& sight);

    std::string value_;
    std::shared_ptr<const Index> index_;  // null: too short
};

// The same for a body that comes in pieces. One that is not text passes as it is: media.
class SecretStream {
public:
    // `secret` must outlive it.
    explicit SecretStream(const Secret& secret) : secret_(secret) {}

    // Appends to `to` what needs no second look with the bytes that follow.
    void add(std::string_view bytes, std::string& to);
    // Nothing follows: appends the rest.
    void end(std::string& to);

private:
    void advance(bool is_last, std::string& to);

    const Secret& secret_;
    std::string pending_;     // the last bytes that were handed on, and all that were not
    std::size_t handed_ = 0;  // of them
    bool in_media_ = false;
    bool is_decided_ = false;  // whether it is text
    bool is_text_ = true;
};

// No text: bytes that are neither UTF-8 nor what terminals and files know as characters.
bool is_binary(std::string_view beginning);

}  // namespace nightshift
