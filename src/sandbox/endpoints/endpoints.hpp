// The endpoints: one file each, all of the same shape.
//
// `check_*` refuses what the gateway or its upstream would refuse without doing any work. `do_*`
// does the work and always gives a good reply; `fault.form` asks for one of its other shapes.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/call/request.hpp"
#include "sandbox/faults/fault.hpp"
#include "sandbox/state/gateway_state.hpp"

#include <optional>

namespace nightshift::sandbox {

using Check = std::optional<Reply> (*)(World& world, const Call& call);
using Work = Reply (*)(World& world, const Call& call, const Fault& fault);

std::optional<Reply> check_messages(World& world, const Call& call);
Reply do_messages(World& world, const Call& call, const Fault& fault);
std::optional<Reply> check_chat_completions(World& world, const Call& call);
Reply do_chat_completions(World& world, const Call& call, const Fault& fault);
std::optional<Reply> check_generate_content(World& world, const Call& call);
Reply do_generate_content(World& world, const Call& call, const Fault& fault);
std::optional<Reply> check_image_generations(World& world, const Call& call);
Reply do_image_generations(World& world, const Call& call, const Fault& fault);
std::optional<Reply> check_video(World& world, const Call& call);  // both submit routes
Reply do_video(World& world, const Call& call, const Fault& fault);
std::optional<Reply> check_audio_speech(World& world, const Call& call);
Reply do_audio_speech(World& world, const Call& call, const Fault& fault);

// The free ones have no check of their own.
Reply do_models(World& world, const Call& call, const Fault& fault);
Reply do_poll(World& world, const Call& call, const Fault& fault);
Reply do_content(World& world, const Call& call, const Fault& fault);
Reply do_results(World& world, const Call& call, const Fault& fault);

}  // namespace nightshift::sandbox
