// Server-sent events from a stream of bytes, as the HTML standard has them (section 9.2.6).

/** Reads a body to its end; calls `each(kind, data)` for every event, and `alive()` for all that arrives. */
export async function readEvents(body, each, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    rest += value;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) each(event.kind, event.data);
    }
  }
}

function parse(block) {
  let kind = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) kind = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length === 0) return null;
  try {
    return { kind, data: JSON.parse(data.join("\n")) };
  } catch {
    return null;
  }
}
