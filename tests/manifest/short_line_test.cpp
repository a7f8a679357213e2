#include "tests/manifest/manifest_fixture.hpp"

#include <string>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("a short line becomes the body that the seed's own example has") {
    struct Row {
        const char *line, *endpoint, *path, *body;
    };
    const Row rows[] = {
        {R"({"model":"claude-sonnet-4-6","prompt":"q","max_tokens":1024})", "messages",
         "/v1/messages",
         R"({"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"q"}],"max_tokens":1024})"},
        {R"({"model":"claude-sonnet-4-6","system":"s","messages":[{"role":"user","content":"q"}]})",
         "messages", "/v1/messages",
         R"({"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"q"}],"system":"s","max_tokens":4096})"},
        {R"({"model":"claude-sonnet-4-6","prompt":"q","thinking":{"type":"adaptive"}})", "messages",
         "/v1/messages",
         R"({"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"q"}],"thinking":{"type":"adaptive"},"max_tokens":4096})"},
        {R"({"model":"gpt-5.4","prompt":"q","max_tokens":512})", "chat_completions",
         "/v1/chat/completions",
         R"({"model":"gpt-5.4","messages":[{"role":"user","content":"q"}],"max_tokens":512})"},
        {R"({"model":"any/model:7","system":"s","prompt":"q"})", "chat_completions",
         "/v1/chat/completions",
         R"({"model":"any/model:7","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]})"},
        {R"({"model":"GLM-5.1","system":"s","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
         "chat_completions", "/v1/chat/completions",
         R"({"model":"GLM-5.1","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})"},
        {R"({"model":"gemini-3.5-flash","prompt":"q"})", "generate_content",
         "/v1beta/models/gemini-3.5-flash:generateContent",
         R"({"contents":[{"parts":[{"text":"q"}]}]})"},
        {R"({"model":"gemini-3.5-flash","system":"s","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]}]})",
         "generate_content", "/v1beta/models/gemini-3.5-flash:generateContent",
         R"({"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}],"systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"maxOutputTokens":9}})"},
        {R"({"model":"gemini-3.5-flash","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]})",
         "generate_content", "/v1beta/models/gemini-3.5-flash:generateContent",
         R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"a"}]}]})"},
        {R"({"model":"gemini-3.1-flash-image-preview","prompt":"q"})", "generate_content",
         "/v1beta/models/gemini-3.1-flash-image-preview:generateContent",
         R"({"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"responseModalities":["TEXT","IMAGE"]}})"},
        {R"({"model":"gpt-image-2","prompt":"q","size":"1024x1024","n":2})", "image_generations",
         "/v1/images/generations",
         R"({"model":"gpt-image-2","prompt":"q","size":"1024x1024","n":2})"},
        {R"({"model":"happyhorse-1.0-t2v","prompt":"q","resolution":"720P","duration":5,"ratio":"16:9","watermark":false})",
         "videos", "/v1/videos",
         R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"q"},"parameters":{"resolution":"720P","duration":5,"ratio":"16:9","watermark":false}})"},
        {R"({"model":"happyhorse-1.0-i2v","prompt":"q","images":["https://e.com/1.jpg"],"duration":5})",
         "videos", "/v1/videos",
         R"({"model":"happyhorse-1.0-i2v","input":{"prompt":"q","media":[{"type":"input_image","url":"https://e.com/1.jpg"}]},"parameters":{"duration":5}})"},
        {R"({"model":"happyhorse-1.0-r2v","prompt":"q","images":["https://e.com/1.jpg","https://e.com/2.jpg"]})",
         "videos", "/v1/videos",
         R"({"model":"happyhorse-1.0-r2v","input":{"prompt":"q","media":[{"type":"reference_image","url":"https://e.com/1.jpg"},{"type":"reference_image","url":"https://e.com/2.jpg"}]}})"},
        {R"({"model":"happyhorse-1.0-video-edit","prompt":"q","images":["https://e.com/1.jpg"],"video":"https://e.com/v.mp4","duration":3,"resolution":"720P","audio_setting":"origin"})",
         "videos", "/v1/videos",
         R"({"model":"happyhorse-1.0-video-edit","input":{"prompt":"q","media":[{"type":"video","url":"https://e.com/v.mp4"},{"type":"reference_image","url":"https://e.com/1.jpg"}]},"parameters":{"resolution":"720P","audio_setting":"origin"},"duration":3})"},
        {R"({"model":"doubao-seedance-2-0-260128","prompt":"q","resolution":"720p","ratio":"16:9","duration":4,"generate_audio":false})",
         "video_generations", "/v1/video/generations",
         R"({"model":"doubao-seedance-2-0-260128","prompt":"q","resolution":"720p","ratio":"16:9","duration":4,"generate_audio":false})"},
        {R"({"model":"MiniMax/speech-2.8-hd","input":"q","voice":"v","format":"mp3","speed":1.50})",
         "audio_speech", "/v1/audio/speech",
         R"({"model":"MiniMax/speech-2.8-hd","input":"q","voice":"v","response_format":"mp3","speed":1.50})"},
        {R"({"model":"qwen3-tts-flash","prompt":"q","voice":"Cherry"})", "audio_speech",
         "/v1/audio/speech", R"({"model":"qwen3-tts-flash","input":"q","voice":"Cherry"})"},
        {R"({"model":"my-painter","endpoint":"image_generations","prompt":"q"})",
         "image_generations", "/v1/images/generations", R"({"model":"my-painter","prompt":"q"})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto task = task_of(row.line);
        CHECK(task.endpoint == row.endpoint);
        CHECK(task.path == row.path);
        CHECK(task.body == row.body);
        CHECK_FALSE(task.stream);
        CHECK(task.id.empty());
        CHECK(task.envelope == "{}");
    }
}

TEST_CASE("fault row 84: texts and numbers of a short line keep their bytes") {
    const auto task =
        task_of(R"({"model": "gpt-image-2", "prompt": "\u4e2d \"x\" \/ 中", )"
                R"("params": {"seed": 18446744073709551616, "strength": 0.1000, "x": [1,  2e5]}})");

    CHECK(task.body == R"({"model":"gpt-image-2","prompt":"\u4e2d \"x\" \/ 中",)"
                       R"("seed":18446744073709551616,"strength":0.1000,"x":[1,  2e5]})");
}

TEST_CASE("params go deep into the body; what is given twice is refused with its place") {
    const auto task = task_of(R"({"model":"gemini-3.5-flash","prompt":"q","max_tokens":5,)"
                              R"("params":{"generationConfig":{"temperature":0.5}}})");
    const auto twice = parse_line(R"({"model":"happyhorse-1.0-t2v","prompt":"q","duration":5,)"
                                  R"("params":{"parameters":{"seed":1,"duration":6}}})");
    const auto model = parse_line(R"({"model":"gpt-5.4","prompt":"q","params":{"model":"x"}})");

    CHECK(task.body == R"({"contents":[{"parts":[{"text":"q"}]}],)"
                       R"("generationConfig":{"maxOutputTokens":5,"temperature":0.5}})");
    CHECK(twice.text() ==
          "1:90: \"parameters.duration\" is given twice: by params and by a short "
          "field; keep one\n");
    CHECK(model.text().find("\"model\" is given twice") != std::string::npos);
}

TEST_CASE("params can replace a default, not a given value") {
    CHECK(
        task_of(R"({"model":"claude-sonnet-4-6","prompt":"q","params":{"max_tokens":7}})").body ==
        R"({"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"q"}],"max_tokens":7})");
    CHECK(task_of(R"({"model":"gemini-9-image","prompt":"q",)"
                  R"("params":{"generationConfig":{"responseModalities":["IMAGE"]}}})")
              .body == R"({"contents":[{"parts":[{"text":"q"}]}],)"
                       R"("generationConfig":{"responseModalities":["IMAGE"]}})");
}

TEST_CASE("what params put into the body is checked, too, and found in the line") {
    const auto parsed =
        parse_line(R"({"model":"gpt-5.4","prompt":"q","params":{"temperature":9,"top_p":"x"}})");

    CHECK(parsed.text() ==
          "1:57: \"params.temperature\" is 9; it must be at most 2; A number from 0 to 2.\n"
          "1:67: \"params.top_p\" must be a number, not a text; A number from 0 to 1.\n");
}

TEST_CASE("the type of an i2v image can be configured") {
    auto options = toy_options();
    options.i2v_image_type = "first_frame";

    const auto image =
        task_of(R"({"model":"happyhorse-1.0-i2v","images":["https://e.com/1.jpg"]})", options);
    const auto reference = task_of(
        R"({"model":"happyhorse-1.0-r2v","prompt":"q","images":["https://e.com/1.jpg"]})", options);

    CHECK(image.body.find(R"("type":"first_frame")") != std::string::npos);
    CHECK(reference.body.find(R"("type":"reference_image")") != std::string::npos);
}

TEST_CASE("--stream asks short text lines for a stream, and no other") {
    auto options = toy_options();
    options.stream = true;

    const auto claude = task_of(R"({"model":"claude-sonnet-4-6","prompt":"q"})", options);
    const auto chat =
        task_of(R"({"model":"gpt-5.4","prompt":"q","params":{"stream":false}})", options);
    const auto gemini = task_of(R"({"model":"gemini-3.5-flash","prompt":"q"})", options);
    const auto image = task_of(R"({"model":"gemini-9-image","prompt":"q"})", options);
    const auto request = task_of(
        R"({"url":"/v1/chat/completions","body":{"model":"gpt-5.4","messages":[{"role":"user"}]}})",
        options);
    const auto speech = task_of(R"({"model":"qwen3-tts-flash","input":"q","voice":"v"})", options);

    CHECK(claude.stream);
    CHECK(claude.body.find(R"("stream":true)") != std::string::npos);
    CHECK_FALSE(chat.stream);
    CHECK(gemini.stream);
    CHECK(gemini.path == "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse");
    CHECK_FALSE(image.stream);
    CHECK_FALSE(request.stream);
    CHECK_FALSE(speech.stream);
}

TEST_CASE("what is wrong with a short line is said at its place") {
    struct Row {
        const char *line, *problem;
    };
    const Row rows[] = {
        {R"({"model":"gpt-5.4","prompt":"a","messages":[{"role":"user","content":"b"}]})",
         "1:33: both \"prompt\" and \"messages\"; keep one\n"},
        {R"({"model":"gpt-5.4","max_tokens":5})",
         "1:1: neither \"prompt\" nor \"messages\"; add one of them\n"},
        {R"({"prompt":"a"})", "1:1: \"model\" is missing; add \"model\"\n"},
        {R"({"model":"","prompt":"a"})", "1:10: \"model\" is empty\n"},
        {R"({"model":7,"prompt":"a"})", "1:10: \"model\" must be a text, not a number\n"},
        {R"({"model":"gpt-5.4","prompt":"a","max_tokenz":5})",
         "1:33: unknown field \"max_tokenz\" of chat_completions; did you mean \"max_tokens\"? "
         "Other fields of the body go into \"params\"\n"},
        {R"({"model":"gpt-5.4","prompt":"a","temperature":5})",
         "1:33: unknown field \"temperature\" of chat_completions; other fields of the body go "
         "into \"params\"\n"},
        {R"({"custom_id":"x","model":"gpt-5.4","prompt":"a"})",
         "1:2: unknown field \"custom_id\" of chat_completions; in a short line it is called "
         "\"id\"\n"},
        {R"({"model":"x","endpoint":"vidoes","prompt":"a"})",
         "1:25: no endpoint is called \"vidoes\"; did you mean \"videos\"?\n"},
        {R"({"model":"claude-sonnet-4-6","endpoint":"videos","prompt":"a"})",
         "1:10: the model \"claude-sonnet-4-6\" belongs to messages (/v1/messages), not to "
         "videos; change the model or the endpoint\n"},
        {R"({"model":"gpt-5.4","endpoint":"audio_speech","input":"a"})",
         "1:10: the model \"gpt-5.4\" belongs to chat_completions (/v1/chat/completions), not to "
         "audio_speech; change the model or the endpoint\n"},
        {R"({"model":"qwen3-tts-flash","input":"a"})",
         "1:1: \"voice\" is missing; Such as \"Cherry\" (qwen3-tts) or \"male-qn-qingse\" "
         "(MiniMax).\n"},
        {R"({"model":"qwen3-tts-flash","input":"a","prompt":"b","voice":"v"})",
         "1:28: both \"prompt\" and \"input\"; keep one\n"},
        {R"({"model":"qwen3-tts-flash","voice":"v"})",
         "1:1: \"input\" is missing; The text to speak.\n"},
        {R"({"model":"gpt-image-2","prompt":"a","n":11})",
         "1:41: \"n\" is 11; it must be at most 10; Images wanted: 1 to 10, default 1.\n"},
        {R"({"model":"happyhorse-1.0-t2v","prompt":"a","duration":"5"})",
         "1:55: \"duration\" must be an integer, not a text; Seconds, an integer of 3 to 15, "
         "default 5.\n"},
        {R"({"model":"happyhorse-1.0-i2v","prompt":"a"})",
         "1:1: \"media\" is missing in \"input\"; One image: {\"type\": \"input_image\", \"url\": "
         "...}; in a short line \"images\": [url].\n"},
        {R"({"model":"gemini-3.5-flash","messages":[{"role":"user","content":[{"type":"image_url","text":"x"}]}]})",
         "1:75: \"messages[0].content[0].type\" must be \"text\"; Only text blocks can be "
         "converted; for images write a request line with contents.\n"},
        {R"({"model":"gemini-3.5-flash","system":"s","messages":[{"role":"system","content":"x"}]})",
         "1:62: Gemini takes instructions only once and first; put them into \"system\"\n"},
        {R"({"model":"claude-sonnet-4-6","messages":[{"role":"system","content":"x"}]})",
         "1:50: \"messages[0].role\" must be \"user\" or \"assistant\"; user or assistant; "
         "instructions belong into system.\n"},
        {R"({"model":"gpt-5.4","prompt":"a","params":[1]})",
         "1:42: \"params\" must be an object, not a list\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto parsed = parse_line(row.line);
        CHECK_FALSE(parsed.good);
        CHECK(parsed.text() == row.problem);
    }
}

TEST_CASE("a short chat line that streams asks for its counts, unless it says otherwise") {
    LineOptions streams = toy_options();
    streams.stream = true;
    struct Row {
        const char* line;
        bool by_flag;
        const char* end;
    };
    const Row rows[] = {
        {R"({"model":"gpt-5.4","prompt":"q"})", true,
         R"("stream":true,"stream_options":{"include_usage":true}})"},
        {R"({"model":"gpt-5.4","prompt":"q","params":{"stream":true}})", false,
         R"("stream":true,"stream_options":{"include_usage":true}})"},
        {R"({"model":"gpt-5.4","prompt":"q","params":{"stream_options":{"x":1}}})", true,
         R"("stream_options":{"x":1,"include_usage":true},"stream":true})"},
        {R"({"model":"gpt-5.4","prompt":"q","params":{"stream_options":{"include_usage":false}}})",
         true, R"("stream_options":{"include_usage":false},"stream":true})"},
        {R"({"model":"gpt-5.4","prompt":"q","params":{"stream_options":null}})", true,
         R"("stream_options":null,"stream":true})"},
        {R"({"model":"gpt-5.4","prompt":"q","params":{"stream":false}})", true,
         R"("stream":false})"},
        {R"({"model":"gpt-5.4","prompt":"q"})", false, R"("content":"q"}]})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto task = task_of(row.line, row.by_flag ? streams : toy_options());
        CAPTURE(task.body);
        CHECK(task.body.ends_with(row.end));
    }
    const auto claude = task_of(R"({"model":"claude-sonnet-4-6","prompt":"q"})", streams);
    CHECK(claude.body.find("stream_options") == std::string::npos);
    const std::string body =
        R"({"model":"gpt-5.4","stream":true,"messages":[{"role":"user","content":"hi"}]})";
    const auto whole =
        task_of(R"({"custom_id":"a","url":"/v1/chat/completions","body":)" + body + "}", streams);
    CHECK(whole.body == body);
}

TEST_CASE("a null in a body is sent as it stands, in a short field it is an empty cell") {
    for (
        const std::string body :
        {R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hi"}],"temperature":null})",
         R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hi"}],"stream":null,"n":null})",
         R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hi"}],"tools":null})"}) {
        CAPTURE(body);
        CHECK(
            task_of(R"({"custom_id":"a","url":"/v1/chat/completions","body":)" + body + "}").body ==
            body);
    }
    const auto messages = parse_line(
        R"({"custom_id":"a","url":"/v1/chat/completions","body":{"model":"gpt-5.4","messages":null}})");
    CHECK_FALSE(messages.good);
    CHECK(task_of(R"({"model":"gpt-5.4","prompt":"q","params":{"top_p":null}})")
              .body.ends_with(R"("top_p":null})"));
    CHECK(task_of(R"({"model":"gpt-5.4","prompt":"q","system":null,"messages":null,)"
                  R"("max_tokens":null,"params":null,"tags":null})")
              .body == task_of(R"({"model":"gpt-5.4","prompt":"q"})").body);
    CHECK_FALSE(parse_line(R"({"model":"gpt-5.4","prompt":null})").good);
    CHECK_FALSE(parse_line(R"({"model":null,"prompt":"q"})").good);
}

TEST_CASE("an integer as id is taken as its digits, however many") {
    for (const std::string id : {"0", "-7", "123456789012345678901234567890"}) {
        CHECK(task_of("{\"id\":" + id + R"(,"model":"gpt-5.4","prompt":"q"})").id == id);
    }
    for (const auto* id : {"1.5", "1e3", "null", "true", "[1]"}) {
        CHECK_FALSE(
            parse_line(std::string("{\"id\":") + id + R"(,"model":"gpt-5.4","prompt":"q"})").good);
    }
}
