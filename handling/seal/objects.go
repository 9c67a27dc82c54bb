package seal

import (
	"tongban/kernel/web"
)

// objects says whose a seal and a use of it are.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("用印", `SELECT u.id, s.unit, '', '', '' FROM seal_use u JOIN seal_seal s ON s.code = u.seal`, PermRead, "/w/seals/uses/{id}"),
		web.KeptObject("印章", `SELECT code, unit, '', '', '' FROM seal_seal`, PermRead, "/w/seals/marks/{code}"),
		web.OpenObject("印章的证书", "/seals/{file}"),
	}
}
