// Lets a device make a passkey, or sign with one. The form is shown only where the browser can do it; the fields that go to the
// server are filled in with what the device answered, and the form is sent as any other.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const KINDS = [-7, -8, -257].map((alg) => ({ type: "public-key", alg }));
const listed = (ids) => ids.filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));

async function add(form) {
  const answer = await fetch("/passkeys/challenge", { method: "POST", credentials: "same-origin" });
  if (!answer.ok) throw new Error("refused");
  const { challenge, exclude, party, user } = await answer.json();
  const made = await navigator.credentials.create({ publicKey: {
    challenge: bytes(challenge), rp: party, user: { ...user, id: bytes(user.id) }, pubKeyCredParams: KINDS,
    excludeCredentials: listed(exclude), attestation: "none", timeout: 240000,
    authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
  } });
  return { client_data: made.response.clientDataJSON, attestation_object: made.response.attestationObject };
}

async function sign(form) {
  const { challenge, party, credentials } = form.dataset;
  const given = await navigator.credentials.get({ publicKey: {
    challenge: bytes(challenge), rpId: party, allowCredentials: listed(credentials.split(",")), userVerification: "required", timeout: 240000,
  } });
  const { clientDataJSON, authenticatorData, signature } = given.response;
  return { credential_id: given.rawId, client_data: clientDataJSON, authenticator_data: authenticatorData, signature };
}

for (const form of document.querySelectorAll('[data-behaviour="passkey"]')) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const state = form.querySelector("[role=status]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    state.textContent = "Waiting for your device…";
    try {
      const answered = await (form.dataset.act === "add" ? add : sign)(form);
      for (const [name, value] of Object.entries(answered)) form.elements[name].value = text(value);
      state.textContent = "";
      form.submit();
    } catch (error) {
      state.textContent = error.name === "InvalidStateError"
        ? "This device has a passkey here already."
        : "Your device did not answer, or the time was over. Nothing was changed; you can try again.";
    }
  });
}
