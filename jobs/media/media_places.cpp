#include "jobs/media/media_places.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>

namespace nightshift::jobs {
namespace {

using namespace std::string_view_literals;
using Names = std::span<const std::string_view>;

// OpenAI, DashScope, Gemini and Vertex AI, Volcengine, MiniMax, SiliconFlow, Replicate, Stability,
// and the wrappings of gateways around them.
constexpr std::array holders = {
    "data"sv,      "images"sv,      "image"sv,   "imageurl"sv,        "output"sv, "outputs"sv,
    "results"sv,   "result"sv,      "audio"sv,   "audios"sv,          "speech"sv, "response"sv,
    "artifacts"sv, "predictions"sv, "items"sv,   "generatedimages"sv, "files"sv,  "inlinedata"sv,
    "filedata"sv,  "choices"sv,     "message"sv, "candidates"sv,      "parts"sv,  "content"sv};

constexpr std::array image_values = {"b64json"sv,     "imagebase64"sv,
                                     "base64image"sv, "imageb64"sv,
                                     "b64image"sv,    "base64"sv,
                                     "b64"sv,         "bytesbase64encoded"sv,
                                     "imagebytes"sv,  "binarydatabase64"sv,
                                     "imagedata"sv,   "data"sv,
                                     "fileuri"sv,     "url"sv,
                                     "uri"sv,         "imageurl"sv,
                                     "imageurls"sv,   "imageuri"sv,
                                     "imagelink"sv,   "imgurl"sv,
                                     "image"sv,       "img"sv,
                                     "link"sv,        "src"sv,
                                     "fileurl"sv,     "downloadurl"sv,
                                     "outputurl"sv,   "resulturl"sv,
                                     "signedurl"sv,   "publicurl"sv,
                                     "resultimage"sv, "outputimage"sv,
                                     "output"sv,      "images"sv,
                                     "result"sv,      "sample"sv};

constexpr std::array sound_values = {
    "audio"sv,     "audiodata"sv, "audiobase64"sv, "audiob64"sv,  "audiocontent"sv, "audiohex"sv,
    "hex"sv,       "b64json"sv,   "base64"sv,      "b64"sv,       "bytes"sv,        "data"sv,
    "url"sv,       "uri"sv,       "audiourl"sv,    "audiouri"sv,  "audiolink"sv,    "audiofile"sv,
    "file"sv,      "fileurl"sv,   "fileuri"sv,     "link"sv,      "src"sv,          "downloadurl"sv,
    "outputurl"sv, "resulturl"sv, "signedurl"sv,   "publicurl"sv, "speech"sv,       "speechurl"sv,
    "wav"sv,       "mp3"sv,       "output"sv};

// Parts of member names: what came from the request, what the model thought, what is for show.
constexpr std::array kept_away = {
    "input"sv,     "request"sv,   "prompt"sv,  "source"sv,  "reference"sv, "init"sv,
    "mask"sv,      "original"sv,  "control"sv, "thought"sv, "thinking"sv,  "reasoning"sv,
    "signature"sv, "encrypted"sv, "error"sv,   "thumb"sv,   "preview"sv,   "cover"sv,
    "avatar"sv,    "icon"sv,      "logo"sv,    "poster"sv,  "subtitle"sv,  "callback"sv,
    "webhook"sv,   "help"sv,      "doc"sv};

std::string plain_name(std::string_view name) {
    auto plain = lower_of(name);
    plain.erase(std::remove_if(plain.begin(), plain.end(),
                               [](char c) { return c == '_' || c == '-' || c == ' '; }),
                plain.end());
    return plain;
}

struct Member {
    std::string name;  // plain
    JsonElement value;
};

std::vector<Member> members_of(simdjson::dom::object object) {
    std::vector<Member> members;
    for (const auto each : object) members.push_back({plain_name(each.key), each.value});
    return members;
}

class Walk {
public:
    explicit Walk(Names values) : values_(values) {}

    std::vector<MediaItem> items_of(JsonElement element) const {
        simdjson::dom::array array;
        simdjson::dom::object object;
        if (!element.get(array)) return items_of_list(array);
        if (!element.get(object)) return items_of_object(element, members_of(object));
        return {};
    }

private:
    std::vector<MediaItem> items_of_list(simdjson::dom::array array) const {
        std::vector<MediaItem> items;
        for (const auto each : array) {
            std::string_view text;
            if (!each.get(text)) {
                if (!text.empty()) items.push_back({.holder = each, .values = {text}});
                continue;
            }
            auto found = items_of(each);
            std::move(found.begin(), found.end(), std::back_inserter(items));
        }
        return items;
    }

    std::vector<MediaItem> items_of_object(JsonElement holder,
                                           const std::vector<Member>& members) const {
        if (is_true_at(holder, "thought")) return {};  // a draft
        MediaItem item{.holder = holder, .values = {}};
        add_values(members, item.values);
        for (const auto name : holders) {
            for (const auto& member : members) {
                const bool deeper = member.name == name && !is_own(member, item);
                auto found = deeper ? items_of(member.value) : std::vector<MediaItem>();
                if (!found.empty()) return found;
            }
        }
        if (!item.values.empty()) return {std::move(item)};
        for (const auto name : values_) {
            for (const auto& member : members) {
                simdjson::dom::array array;
                if (member.name != name || member.value.get(array)) continue;
                auto found = items_of_list(array);
                if (!found.empty()) return found;
            }
        }
        return {};
    }

    // "image_url": {"url": ...} beside another form of the same image.
    static bool is_own(const Member& member, const MediaItem& item) {
        return !item.values.empty() && member.name == "imageurl";
    }

    void add_values(const std::vector<Member>& members,
                    std::vector<std::string_view>& values) const {
        for (const auto name : values_) {
            for (const auto& member : members) {
                if (member.name != name) continue;
                std::string_view text;
                simdjson::dom::object object;
                if (!member.value.get(text)) {
                    if (!text.empty()) values.push_back(text);
                } else if (name == "imageurl" && !member.value.get(object)) {
                    add_values(members_of(object), values);
                }
            }
        }
    }

    Names values_;
};

void add_strings(JsonElement element, std::vector<std::string_view>& strings) {
    std::string_view text;
    simdjson::dom::array array;
    simdjson::dom::object object;
    if (!element.get(text)) {
        if (!text.empty()) strings.push_back(text);
    } else if (!element.get(array)) {
        for (const auto each : array) add_strings(each, strings);
    } else if (!element.get(object) && !is_true_at(element, "thought")) {
        for (const auto& member : members_of(object)) {
            const bool away =
                std::any_of(kept_away.begin(), kept_away.end(), [&member](std::string_view word) {
                    return member.name.find(word) != member.name.npos;
                });
            if (!away) add_strings(member.value, strings);
        }
    }
}

}  // namespace

std::vector<MediaItem> image_items(JsonElement root) {
    return Walk(image_values).items_of(root);
}

std::vector<MediaItem> sound_items(JsonElement root) {
    return Walk(sound_values).items_of(root);
}

bool has_results(JsonElement root) {
    simdjson::dom::object object;
    if (root.get(object)) return false;
    for (const auto& member : members_of(object)) {
        if (std::find(holders.begin(), holders.end(), member.name) != holders.end()) return true;
    }
    return false;
}

std::vector<std::string_view> other_strings(JsonElement root) {
    std::vector<std::string_view> strings;
    add_strings(root, strings);
    return strings;
}

}  // namespace nightshift::jobs
