// Ready-to-run code for a request, in many languages: each a function from URL, body and key to text.

const json = (body, indent = 2) => JSON.stringify(body, null, indent);
const one = (body) => JSON.stringify(body);
const single = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// A JSON text as a string of a language that writes \uXXXX as JSON does.
const quoted = (text) => JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

function python(value, indent = 0) {
  const pad = "    ".repeat(indent + 1);
  const end = "    ".repeat(indent);
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => python(item, indent)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const rows = Object.entries(value).map(([key, item]) => `${pad}${quoted(key)}: ${python(item, indent + 1)},\n`);
  return `{\n${rows.join("")}${end}}`;
}

// Shell and PHP and Ruby take single quotes; \u in them would be left as it is.
const phpQuoted = (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const raw = (text, open, close) => `${open}${text}${close}`;

function hashes(text) {
  let marks = "#";
  while (text.includes(`"${marks}`)) marks += "#";
  return marks;
}

export const LANGUAGES = {
  cURL: (url, body, key) => `curl ${body.stream ? "-N " : ""}${url} \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -d ${single(json(body))}
`,
  Python: (url, body, key) => `import requests

answer = requests.post(
    ${quoted(url)},
    headers={"Authorization": "Bearer ${key}"},
    json=${python(body, 1)},
    timeout=300,${body.stream ? "\n    stream=True," : ""}
)
${body.stream ? `for line in answer.iter_lines(decode_unicode=True):
    print(line)` : "print(answer.json())"}
`,
  "Python async": (url, body, key) => `import asyncio

import httpx


async def main() -> None:
    async with httpx.AsyncClient(timeout=300) as client:
        ${body.stream ? "async with client.stream" : "answer = await client.post"}(
            ${body.stream ? `"POST",
            ` : ""}${quoted(url)},
            headers={"Authorization": "Bearer ${key}"},
            json=${python(body, 3)},
        )${body.stream ? ` as answer:
            async for line in answer.aiter_lines():
                print(line)` : `
        print(answer.json())`}


asyncio.run(main())
`,
  JavaScript: (url, body, key) => `const answer = await fetch(${quoted(url)}, {
  method: "POST",
  headers: { "Authorization": "Bearer ${key}", "Content-Type": "application/json" },
  body: JSON.stringify(${json(body)}),
});
${body.stream ? `for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
  console.log(part);
}` : "console.log(await answer.json());"}
`,
  "Node.js": (url, body, key) => `import { request } from ${url.startsWith("https") ? '"node:https"' : '"node:http"'};

const body = JSON.stringify(${json(body)});
const call = request(${quoted(url)}, {
  method: "POST",
  headers: {
    "Authorization": "Bearer ${key}",
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  },
}, (answer) => {
  ${body.stream ? `answer.setEncoding("utf8");
  answer.on("data", (part) => process.stdout.write(part));` : `let text = "";
  answer.on("data", (part) => { text += part; });
  answer.on("end", () => console.log(JSON.parse(text)));`}
});
call.end(body);
`,
  TypeScript: (url, body, key) => `interface Picture { prompt: string; size?: string; image_url?: string; b64_json?: string }
interface Answer { success: boolean; task_id: string; data?: Picture[] }

const response = await fetch(${quoted(url)}, {
  method: "POST",
  headers: { "Authorization": "Bearer ${key}", "Content-Type": "application/json" },
  body: JSON.stringify(${json(body)}),
});
${body.stream ? `const lines = (await response.text()).trim().split("\\n");
for (const line of lines) console.log(JSON.parse(line));` : `const answer = (await response.json()) as Answer;
console.log(answer);`}
`,
  Go: (url, body, key) => `package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {
	body := strings.NewReader(${quoted(one(body))})
	call, err := http.NewRequest("POST", ${quoted(url)}, body)
	if err != nil {
		panic(err)
	}
	call.Header.Set("Authorization", "Bearer ${key}")
	call.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(call)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(string(text))
}
`,
  Java: (url, body, key) => `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Draw {
    public static void main(String[] args) throws Exception {
        var call = HttpRequest.newBuilder(URI.create(${quoted(url)}))
            .header("Authorization", "Bearer ${key}")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(${quoted(one(body))}))
            .build();
        var answer = HttpClient.newHttpClient().send(call, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }
}
`,
  "C#": (url, body, key) => `using System.Net.Http.Headers;
using System.Text;

using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "${key}");
var body = new StringContent(${quoted(one(body))}, Encoding.UTF8, "application/json");
var answer = await client.PostAsync(${quoted(url)}, body);
Console.WriteLine(await answer.Content.ReadAsStringAsync());
`,
  PHP: (url, body, key) => `<?php
$call = curl_init(${phpQuoted(url)});
curl_setopt_array($call, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ${key}', 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => ${phpQuoted(one(body))},
]);
echo curl_exec($call);
`,
  Ruby: (url, body, key) => `require "json"
require "net/http"

answer = Net::HTTP.post(
  URI(${phpQuoted(url)}),
  ${phpQuoted(one(body))},
  "Authorization" => "Bearer ${key}",
  "Content-Type" => "application/json"
)
${body.stream ? "puts answer.body" : "puts JSON.parse(answer.body)"}
`,
  Rust: (url, body, key) => {
    const text = one(body);
    const marks = hashes(text);
    return `// reqwest = { version = "0.12", features = ["blocking"] }
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer = reqwest::blocking::Client::new()
        .post(${quoted(url)})
        .header("Authorization", "Bearer ${key}")
        .header("Content-Type", "application/json")
        .body(${raw(text, `r${marks}"`, `"${marks}`)})
        .send()?;
    println!("{}", answer.text()?);
    Ok(())
}
`;
  },
  Swift: (url, body, key) => {
    const text = one(body);
    const marks = hashes(text);
    return `import Foundation

var call = URLRequest(url: URL(string: ${quoted(url)})!)
call.httpMethod = "POST"
call.setValue("Bearer ${key}", forHTTPHeaderField: "Authorization")
call.setValue("application/json", forHTTPHeaderField: "Content-Type")
call.httpBody = Data(${raw(text, `${marks}"`, `"${marks}`)}.utf8)
let (data, _) = try await URLSession.shared.data(for: call)
print(String(decoding: data, as: UTF8.self))
`;
  },
  Kotlin: (url, body, key) => `import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

fun main() {
    val call = HttpRequest.newBuilder(URI.create(${quoted(url)}))
        .header("Authorization", "Bearer ${key}")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(${quoted(one(body)).replaceAll("$", "\\$")}))
        .build()
    val answer = HttpClient.newHttpClient().send(call, HttpResponse.BodyHandlers.ofString())
    println(answer.body())
}
`,
  "openai SDK": (url, body, key) => {
    const { model, ...rest } = body;
    const type = body.stream ? "httpx.Response" : "object";
    return `${body.stream ? "import httpx\n" : ""}from openai import OpenAI

client = OpenAI(base_url=${quoted(url.replace(/\/images$/, ""))}, api_key="${key}")
answer = client.post("/images", body=${python({ model, ...rest }, 0)}, cast_to=${type})
print(answer${body.stream ? ".text" : ""})
`;
  },
};
