// client.mjs PORT NAME VERSION ROOT [after]: sends standard input, ends its stream, writes the answer to standard
// output. With `after`, it sends once the answer has ended.
import fs from "node:fs";
import tls from "node:tls";

const [port, name, version, root, order] = process.argv.slice(2);
const socket = tls.connect({
    host: "127.0.0.1", port: Number(port), servername: name, ca: fs.readFileSync(root),
    minVersion: version, maxVersion: version, allowHalfOpen: true,
});
socket.on("error", (error) => {
    console.error(error.code);
    process.exitCode = 1;
});
socket.pipe(process.stdout);
if (order === "after") {
    // What the backend knows the connection by goes first.
    const input = fs.readFileSync(0);
    socket.write(input.subarray(0, 8));
    socket.on("end", () => socket.end(input.subarray(8)));
} else {
    process.stdin.pipe(socket);
}
