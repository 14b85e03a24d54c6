// The socket: opens, resumes by token, comes back by itself; sends what was not acknowledged again, under the same id.
import { save, state } from "./keep.js";

const SLOWEST = 20000;
const PATIENCE = 10000;

export class Link {
  #socket = null;
  #tries = 0;
  #timer = 0;
  #doubt = 0;

  constructor(on) {
    this.on = on; // { frame(frame), state(online) }
    addEventListener("online", () => this.resting || this.open());
    addEventListener("offline", () => this.#socket?.close());
  }

  // gives the line back; `open` takes it again
  rest() {
    this.resting = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  open() {
    this.resting = false;
    if (this.#socket && this.#socket.readyState < WebSocket.CLOSING) return;
    clearTimeout(this.#timer);
    const query = state.token ? `?session=${encodeURIComponent(state.token)}` : "";
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/chat/live${query}`);
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = () => this.#again(socket);
  }

  // what is worth nothing once it is late: typing, seen, a wish
  sign(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  say(message) {
    state.outbox.push(message);
    save();
    this.#send(message);
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return this.open();
    this.#socket.send(JSON.stringify(message));
    // an open socket may lead nowhere: without an answer it is given up
    clearTimeout(this.#doubt);
    this.#doubt = setTimeout(() => state.outbox.length && this.#socket.close(), PATIENCE);
  }

  #hear(frame) {
    if (frame.session) {
      this.#tries = 0;
      state.token = frame.session;
      this.on.state(true);
      if (this.who) this.sign(this.who);
      state.outbox.forEach((message) => this.#send(message));
    }
    if (frame.ack) this.#drop(frame.ack);
    if (frame.error && frame.retry_after) setTimeout(() => this.#resend(frame.client_id), frame.retry_after * 1000);
    else if (frame.error) this.#drop(frame.client_id);
    this.on.frame(frame);
    save();
  }

  #resend(id) {
    const message = state.outbox.find((waiting) => waiting.client_id === id);
    if (message) this.#send(message);
  }

  #drop(id) {
    state.outbox = state.outbox.filter((waiting) => waiting.client_id !== id);
    if (!state.outbox.length) clearTimeout(this.#doubt);
  }

  #again(socket) {
    if (socket !== this.#socket || this.resting) return;
    this.on.state(false);
    const pause = Math.min(SLOWEST, 500 * 2 ** this.#tries++) * (0.5 + Math.random());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), pause);
  }
}
