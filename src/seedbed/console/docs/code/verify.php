<?php

const TOLERANCE_SECONDS = 5 * 60;

/** Throws unless the callback was signed with this secret, just now. */
function verify(string $body, array $headers, string $secret): void
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        throw new UnexpectedValueException('the timestamp is too old or too new');
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $digest = hash_hmac('sha256', "$id.$timestamp.$body", $key, true);
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals('v1,' . base64_encode($digest), $signature)) {
            return;
        }
    }
    throw new UnexpectedValueException('no signature fits');
}
