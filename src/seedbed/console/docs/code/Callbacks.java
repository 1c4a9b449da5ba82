import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Callbacks {
    private static final long TOLERANCE_SECONDS = 5 * 60;

    /** Throws unless the callback was signed with this secret, just now. */
    public static void verify(byte[] body, Map<String, String> headers, String secret)
            throws GeneralSecurityException {
        String timestamp = headers.getOrDefault("webhook-timestamp", "0");
        long age = Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp));
        if (age > TOLERANCE_SECONDS) {
            throw new SignatureException("the timestamp is too old or too new");
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((headers.get("webhook-id") + "." + timestamp + ".").getBytes(UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        for (String signature : headers.getOrDefault("webhook-signature", "").split(" ")) {
            if (MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8))) {
                return;
            }
        }
        throw new SignatureException("no signature fits");
    }
}
