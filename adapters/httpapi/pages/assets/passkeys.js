// Passkeys are made and used by the browser itself, which only a script can ask to.
'use strict';

const send = async (method, address, body) => {
  const answer = await fetch(address, {
    method, credentials: 'same-origin', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.message), {code: said.error});
  return said;
};

const ceremony = async (button) => {
  const {address, next, stale} = button.dataset;
  const named = button.closest('[data-passkey]').querySelector('input');
  try {
    const {state, options} = await send('POST', address, {});
    const asked = options.publicKey ?? options;
    const credential = named
      ? await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked)})
      : await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked)});
    await send('PUT', address, {state, credential: credential.toJSON(), name: named ? named.value.trim() : ''});
    location.assign(next);
  } catch (e) {
    if (e.code === 'sign_in_again' || e.code === 'unauthenticated') return location.assign(stale || location.href);
    document.getElementById(button.id + '-failed').hidden = false;
    button.disabled = false;
  }
};

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const part of document.querySelectorAll('[data-passkey]')) {
    part.hidden = false;
    const button = part.querySelector('button');
    button.addEventListener('click', () => { button.disabled = true; ceremony(button); });
  }
}
