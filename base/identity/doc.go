// Package identity lets people in whom another house knows (统一身份认证): citizens by the nation's or the province's platform, which vouches
// for their real name, and staff by the login of the government's intranet. The county registers with such a provider and puts down how
// it answers; a second administrator puts it in force.
//
// Who comes back from a provider is known by provider, issuer and subject, of which only a blind index is kept. A citizen's account is found or
// opened by the name and number that the provider vouches for (网络身份认证、实名). Staff get no account by it: somebody who has one links
// it himself, after a second factor. The protocol is judged by kernel/openid.
//
// Tables: identity_provider, identity_link.
package identity
