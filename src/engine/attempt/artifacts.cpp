#include "engine/attempt/artifacts.hpp"

#include "files/file_hash.hpp"
#include "files/file_names.hpp"
#include "files/media/media.hpp"

#include <fmt/format.h>

namespace nightshift {
namespace {

bool belongs_to(Format format, Media media) {
    switch (media) {
        case Media::image:
            return is_image(format);
        case Media::video:
            return is_video(format);
        case Media::audio:
            return is_audio(format);
    }
    return false;
}

std::string_view word_for(Media media) {
    return media == Media::image ? "an image" : media == Media::video ? "a video" : "audio";
}

Failure bad_media(const Task& task, Media media, const MediaFacts& facts, std::uint64_t bytes) {
    const auto* state = belongs_to(facts.format, media) ? "cut short" : "not what was asked for";
    return {.kind = Kind::bad_media,
            .code = std::string(extension_of(facts.format)),
            .message = fmt::format("save {}: {} bytes of {} are {} ({} was expected)", task.id,
                                   bytes, extension_of(facts.format), state, word_for(media))};
}

Output output_of(const PartFile::Kept& kept, const MediaFacts& facts) {
    return {.path = kept.path,
            .bytes = kept.bytes,
            .sha256 = kept.sha256,
            .media_type = std::string(media_type_of(facts.format)),
            .width = facts.width,
            .height = facts.height,
            .duration_s = facts.duration_s};
}

// Tasks that an engine made have a stem; without one the id is the name.
std::string name_of(const Task& task, int index, std::string_view extension) {
    return task.output_stem.empty() ? file_name_of(task.id, index, extension)
                                    : numbered_name(task.output_stem, index, extension);
}

}  // namespace

std::string part_name(std::int64_t row, int index) {
    return fmt::format("{}-{}.part", row, index);
}

Result<Output> keep_bytes(const RunFolders& folders, const Task& task, const Artifact& artifact) {
    auto facts = facts_of(artifact.bytes);
    // Headerless audio has no magic: it is believed only when it was asked for.
    if (artifact.media == Media::audio && facts.format == Format::unknown &&
        artifact.asked_format == "pcm") {
        facts = {
            .format = Format::pcm, .complete = true, .width = {}, .height = {}, .duration_s = {}};
    }
    if (!belongs_to(facts.format, artifact.media) || !facts.complete) {
        return bad_media(task, artifact.media, facts, artifact.bytes.size());
    }
    PartFile part(folders, part_name(task.row, artifact.index));
    part.restart();
    part.write(artifact.bytes);
    const auto name = name_of(task, artifact.index, extension_of(facts.format));
    const auto kept = part.keep(name, part.seal(artifact.bytes));
    return output_of(kept, facts);
}

Result<Output> keep_lifted(const RunFolders& folders, const Task& task, const Artifact& artifact,
                           const LiftedFile& lifted) {
    const auto& path = lifted.path;
    const std::shared_ptr<DiskFile> file = folders.disk->open(path, OpenFor::reading);
    const auto facts = facts_of_file(*file);
    const auto bytes = file->size();
    if (!belongs_to(facts.format, artifact.media) || !facts.complete) {
        return bad_media(task, artifact.media, facts, bytes);
    }
    const PartFile::Sealed sealed{
        .bytes = bytes, .sha256 = lifted.sha256.empty() ? FileHash(file).finish() : lifted.sha256};
    const auto name = name_of(task, artifact.index, extension_of(facts.format));
    try {
        return output_of(keep_linked(folders, path, *file, name, sealed), facts);
    } catch (const StorageError&) {
        // Two names for a file are too much for this disk, or it refuses whatever is tried.
        auto copy = artifact;
        copy.bytes = read_whole(*folders.disk, path);
        return keep_bytes(folders, task, copy);
    }
}

Output keep_text(const RunFolders& folders, const Task& task, int index, const std::string& text) {
    PartFile part(folders, part_name(task.row, index));
    part.restart();
    part.write(text);
    const auto kept = part.keep(name_of(task, index, "txt"));
    auto output = output_of(kept, {});
    output.media_type = "text/plain; charset=utf-8";
    return output;
}

Result<Output> keep_part(const RunFolders& folders, const Task& task, const Download& what,
                         PartFile& part) {
    const auto facts = part.facts();
    if (!belongs_to(facts.format, what.media) || !facts.complete) {
        auto failure = bad_media(task, what.media, facts, part.size());
        part.restart();
        return failure;
    }
    auto tag = read_tag(*folders.disk, part.path());
    tag.final_name = name_of(task, what.index, extension_of(facts.format));
    tag.sealed = part.seal();
    write_tag(*folders.disk, part.path(), tag);
    return output_of(part.keep(tag.final_name, tag.sealed), facts);
}

std::optional<Output> adopt_part(const RunFolders& folders, PartFile& part, const PartTag& tag) {
    if (part.size() == tag.sealed.bytes) {
        const auto facts = part.facts();
        const auto sealed = part.seal();
        if (sealed.sha256 == tag.sealed.sha256) {
            return output_of(part.keep(tag.final_name, sealed), facts);
        }
    }
    const auto file = same_output(folders, tag.final_name, tag.sealed);
    if (!file) return std::nullopt;
    const PartFile::Kept kept{.path = "outputs/" + tag.final_name,
                              .bytes = tag.sealed.bytes,
                              .sha256 = tag.sealed.sha256};
    part.discard();
    return output_of(kept, facts_of_file(*file));
}

}  // namespace nightshift
