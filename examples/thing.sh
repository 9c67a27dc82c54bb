#!/bin/sh
# Carries one matter through the API with curl and nothing else: guide, draft, form, materials, submission, acceptance, examination,
# decision, delivery. It is examples/thing in the words of a shell; read that for the why of each step.
#
#   TONGBAN=http://127.0.0.1:8080 FRONT=id:secret EXAMINER=id:secret DECIDER=id:secret OUTLET=id:secret sh examples/thing.sh
#
# The four programs are registered on /admin/clients: FRONT with bundle.intake and casework.accept, EXAMINER with casework.assess, DECIDER
# with casework.decide (all of the approval bureau), OUTLET with delivery.read and delivery.hand (of the service centre).
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
picture='iVBORw0KGgoAAAANSUhEUgAAAB4AAAAeCAAAAAAeW/F+AAAAGElEQVR4nGJiwAtGpUelR6UHVBoQAAD//3RAAD1jiwB+AAAAAElFTkSuQmCC'

# flat lays JSON out as lines of path and value: .parts.0.case<TAB>TB2026112300001; a list also gives its .length.
flat() {
  awk 'function ws() { while (substr(s, i, 1) ~ /[ \t\r\n]/) i++ }
    function str(  o, c) {
      o = ""; i++
      while ((c = substr(s, i, 1)) != "\"" && i <= length(s)) {
        if (c == "\\") { i++; c = substr(s, i, 1); if (c == "u") { i += 4; c = "?" } else if (c ~ /[nrtbf]/) c = " " }
        o = o c; i++
      }
      i++; return o
    }
    function val(p,  c, n, k, from) {
      ws(); c = substr(s, i, 1)
      if (c == "{") { i++; ws(); if (substr(s, i, 1) == "}") { i++; return }
        do { ws(); k = str(); ws(); i++; val(p "." k); ws(); c = substr(s, i, 1); i++ } while (c == ","); return }
      if (c == "[") { i++; ws(); n = 0; if (substr(s, i, 1) == "]") i++; else
        do { val(p "." n++); ws(); c = substr(s, i, 1); i++ } while (c == ","); print p ".length\t" n; return }
      if (c == "\"") { print p "\t" str(); return }
      from = i; while (substr(s, i, 1) ~ /[-+.0-9a-zA-Z]/) i++
      print p "\t" substr(s, from, i - from)
    }
    { s = s $0 " " } END { i = 1; val("") }' "$work/answer" > "$work/flat"
}

# of gives the value of a path in the last answer; nothing where there is none.
of() { awk -F '\t' -v path="$1" '$1 == path { print $2; exit }' "$work/flat"; }

# token exchanges id:secret for a token (RFC 6749 section 4.4).
token() {
  curl -sS --fail-with-body -u "$1" -d grant_type=client_credentials "$TONGBAN/api/v1/token" -o "$work/answer"
  flat
  of .access_token
}

# call TOKEN METHOD PATH [BODY] [If-Match]: sends, checks, lays the answer out, and keeps the version in $version. A key is made for every
# call that changes something; who gets no answer sends the same once more.
call() {
  set -- "$1" "$2" "$3" "${4-}" "${5-}"
  key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  if ! curl -sS --fail-with-body -X "$2" -H "Authorization: Bearer $1" ${4:+-H "Content-Type: application/json" -H "Idempotency-Key: $key" --data "$4"} \
    ${5:+-H "If-Match: $5"} -D "$work/head" -o "$work/answer" "$TONGBAN$3"; then
    cat "$work/answer" >&2 # a problem (RFC 9457) says what is wrong and what to do
    exit 1
  fi
  version=$(awk 'tolower($1) == "etag:" { sub(/\r$/, ""); print $2 }' "$work/head")
  flat
}

front=$(token "$FRONT") examiner=$(token "$EXAMINER") decider=$(token "$DECIDER") outlet=$(token "$OUTLET")

# The guide: answers until the situation is known. A real system asks a person.
things='["item:food-operation-licence"]' answers=
while :; do
  call "$front" POST /api/v1/guide "{\"things\":$things,\"answers\":{$answers}}"
  [ "$(of .decided)" = true ] && break
  case $(of .questions.0.kind) in
  bool) value=false ;;
  number) value=50 ;;
  *) value="\"$(of .questions.0.options.0.code)\"" ;;
  esac
  answers="${answers:+$answers,}\"$(of .questions.0.code)\":$value"
done

# The one form and the one set of materials.
call "$front" POST /api/v1/drafts "{\"things\":$things,\"answers\":{$answers},\"applicant\":{\"kind\":\"person\",\"name\":\"李小满\",\"number\":\"431199199003070012\",\"phone\":\"13900000002\"}}"
draft=/api/v1/drafts/$(of .id) values='' n=0
while [ "$n" -lt "$(of .fields.length)" ]; do
  f=.fields.$n n=$((n + 1))
  if [ "$(of $f.asked)" != true ] || [ "$(of $f.optional)" = true ]; then continue; fi
  value=$(of $f.options.0.code)
  [ -n "$value" ] || case $(of $f.kind) in
  name) value=李小满 ;;
  citizen_number) value=431199199003070012 ;;
  credit_code) value=11431199MB0010372D ;;
  phone) value=13900000002 ;;
  day) value=2026-11-20 ;;
  money) value=100 ;;
  area) value=50 ;;
  count) value=2 ;;
  yes_no) value=no ;;
  region) value=431199001 ;;
  address) value='431199001|解放路1号' ;;
  *) value=测试 ;;
  esac
  values="${values:+$values,}\"$(of $f.code)\":\"$value\""
done
call "$front" PUT "$draft/fields" "{\"values\":{$values}}" "$version"
printf %s "$picture" | base64 -d > "$work/picture.png"
n=0 needs=$(of .materials.length)
cp "$work/flat" "$work/needs"
while [ "$n" -lt "$needs" ]; do
  cp "$work/needs" "$work/flat"
  m=.materials.$n n=$((n + 1))
  if [ -n "$(of $m.waived)" ] || [ "$(of $m.necessity)" = optional ]; then continue; fi
  curl -sS --fail-with-body -X POST -H "Authorization: Bearer $front" -H "Content-Type: application/octet-stream" -H "Idempotency-Key: material-$n-$$" \
    --data-binary "@$work/picture.png" -o "$work/answer" "$TONGBAN$draft/materials/$(of $m.type)?name=photo.png"
done
call "$front" POST "$draft/submit" '{"way":"window","declared":true}'
number=$(of .parts.0.case) case=/api/v1/cases/$number
echo "已提交 $(of .number)"

# Acceptance, examination, decision: three programs, because the law wants three persons. Each act says which version it was decided on.
call "$front" GET "$case"
call "$front" POST "$case/accept" '{}' "$version"
points='' n=0
while [ "$n" -lt "$(of .points.length)" ]; do # a real system looks at the papers
  points="${points:+$points,}{\"point\":$n,\"passed\":true}" n=$((n + 1))
done
call "$examiner" POST "$case/assess" "{\"points\":[$points],\"grant\":true,\"text\":\"材料齐全，符合条件\"}" "$version"
call "$decider" POST "$case/decide" '{"granted":true}' "$version"
echo "已准予 $number"

# The licence is made and signed beside; then it is given to the applicant at the window.
tries=0
while :; do
  call "$outlet" GET '/api/v1/parcels?state=ready&limit=100'
  parcel=$(awk -F '\t' -v number="$number" '$2 == number && $1 ~ /\.results\.0\.case$/ { split($1, at, "."); print at[2]; exit }' "$work/flat")
  [ -n "$parcel" ] && break
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "nothing to hand over after two minutes" >&2; exit 1; }
  sleep 1
done
parcel=$(of ".$parcel.id")
call "$outlet" POST "/api/v1/parcels/$parcel/hand" '{"tail":"0012","receiver":"李小满"}'
echo "送达 $parcel $(of .state)"
