// `countdown()`: the seconds that the widget shows, and the seconds that are left by the charge's `expiry_time` (Jakarta
// time) and this machine's clock, which is the merchant's too.
window.countdown = () => {
  const TrueDate = window.TrueDate ?? Date;
  const charge = [...document.querySelectorAll("#events code")].find((it) => it.textContent.startsWith("gopay-charge "));
  const clock = document.querySelector("gopay-checkout").shadowRoot.querySelector("[part~=timer] .clock");
  if (!charge || !clock) return null;
  const { expiry_time } = JSON.parse(charge.textContent.slice("gopay-charge ".length));
  const zero = TrueDate.parse(`${expiry_time.replace(" ", "T")}+07:00`);
  const shown = Number(/^PT(\d+)S$/.exec(clock.dateTime)?.[1]);
  return { shown, left: (zero - TrueDate.now()) / 1000 };
};
