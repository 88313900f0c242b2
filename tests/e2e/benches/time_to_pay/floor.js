// The least that a hand-written checkout can be and still be honest: one element that charges, shows amount, time left
// and QR code (or, with `link`, a link to the app), polls the status, and says how it ended. No second language, no push, no retry, no trust checks.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: block; max-width: 28rem; font: 1rem/1.5 system-ui, sans-serif; color: #1c1c1c }
  .card { box-sizing: border-box; min-height: 32rem; padding: 1rem; border: 1px solid #d0d5dd; border-radius: .75rem; text-align: center }
  .amount { margin: 0; font-size: 1.75rem; font-weight: 700 }
  .quiet { margin: 0; color: #555 }
  .picture { display: grid; place-items: center; height: 17rem }
  img { width: 16rem; height: 16rem }
  button, a { display: inline-grid; place-content: center; min-height: 2.75rem; padding: 0 1.25rem; border: 0; border-radius: .5rem; background: #00880d; color: #fff; font: inherit }
`);

const WORDS = {
  pending: "Pindai kode QR dengan aplikasi GoPay",
  settlement: "Pembayaran berhasil",
  expire: "Waktu pembayaran habis",
  cancel: "Pembayaran dibatalkan",
  deny: "Pembayaran ditolak",
  problem: "Pembayaran belum bisa dimuat. Coba lagi.",
};

const rupiah = new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 });

class FloorCheckout extends HTMLElement {
  #asking;
  #ticking;

  connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const make = (name, part, text = "") => {
      const made = document.createElement(name);
      made.className = part;
      made.textContent = text;
      return made;
    };
    this.amount = make("p", "amount", rupiah.format(Number(this.getAttribute("gross-amount"))));
    this.order = make("p", "quiet", this.getAttribute("order-id"));
    this.picture = make("div", "picture");
    this.status = make("p", "quiet");
    this.status.setAttribute("role", "status");
    this.left = make("p", "quiet");
    this.check = make("button", "", "Saya sudah bayar");
    this.check.addEventListener("click", () => this.#ask());
    const card = make("div", "card");
    card.append(this.amount, this.order, this.picture, this.status, this.left, this.check);
    root.replaceChildren(card);
    this.#charge();
  }

  disconnectedCallback() {
    clearTimeout(this.#asking);
    clearInterval(this.#ticking);
  }

  async #charge() {
    try {
      const answer = await fetch(this.getAttribute("charge-url"), {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ payment_type: "gopay", transaction_details: { order_id: this.getAttribute("order-id") } }),
      });
      const charge = await answer.json();
      if (!/^2/.test(charge.status_code)) throw new Error(charge.status_message);
      const url = (action) => charge.actions.find((it) => it.name === action).url;
      if (this.hasAttribute("link")) {
        const link = document.createElement("a");
        link.rel = "noopener";
        link.href = url("deeplink-redirect");
        link.textContent = "Bayar dengan GoPay";
        this.picture.replaceChildren(link);
      } else {
        const qr = new Image();
        qr.alt = `Kode QR ${this.amount.textContent}`;
        qr.src = url("generate-qr-code");
        this.picture.replaceChildren(qr);
      }
      this.amount.textContent = rupiah.format(Number(charge.gross_amount));
      this.expiry = Date.parse(`${charge.expiry_time.replace(" ", "T")}+07:00`);
      this.#ticking = setInterval(() => this.#tick(), 1_000);
      this.#tick();
      this.#show(charge.transaction_status);
    } catch {
      this.#show("problem");
    }
  }

  #tick() {
    const seconds = Math.max(0, Math.round((this.expiry - Date.now()) / 1_000));
    this.left.textContent = `Sisa waktu ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  async #ask() {
    clearTimeout(this.#asking);
    try {
      const answer = await fetch(this.getAttribute("status-url"), { headers: { Accept: "application/json" } });
      this.#show((await answer.json()).transaction_status);
    } catch {
      this.#show("pending");
    }
  }

  #show(status) {
    this.status.textContent = WORDS[status] ?? WORDS.pending;
    this.setAttribute("state", status);
    if (status === "pending") this.#asking = setTimeout(() => this.#ask(), 3_000);
    else clearInterval(this.#ticking);
  }
}

customElements.define("floor-checkout", FloorCheckout);
