package browser

import "github.com/chromedp/cdproto/webauthn"

// HasAuthenticator plugs a security key into the person's browser, which is touched and knows its owner whenever it is asked. Its keys are
// bound to a domain: the county must be open as localhost, not as an address in digits.
func (p *Person) HasAuthenticator() {
	p.t.Helper()
	p.must(call(p.ctx, webauthn.Enable, webauthn.EnableParams{}))
	p.must(call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}}))
}
