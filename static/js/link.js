// The lasting address of a message, copied; without a clipboard (no HTTPS) it stands there to be copied.
export async function copyLink(message, control) {
  const address = new URL(control.getAttribute("href"), location.href).href;
  try {
    await navigator.clipboard.writeText(address);
    control.textContent = "Copied";
    setTimeout(() => (control.textContent = "Copy link"), 2000);
  } catch {
    show(message, address);
  }
}

function show(message, address) {
  const field = message.querySelector(".message__address") ?? document.createElement("input");
  field.className = "message__address";
  field.readOnly = true;
  field.value = address;
  field.setAttribute("aria-label", "Address of this message");
  field.addEventListener("blur", () => field.remove(), { once: true });
  message.querySelector(".message__actions").before(field);
  field.focus();
  field.select();
}
