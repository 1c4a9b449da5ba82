require "openssl"

TOLERANCE_SECONDS = 5 * 60

# Raises ArgumentError unless the callback was signed with this secret, just now.
def verify(body, headers, secret)
  timestamp = headers["webhook-timestamp"].to_s
  age = (Time.now.to_i - Integer(timestamp, 10)).abs
  raise ArgumentError, "the timestamp is too old or too new" if age > TOLERANCE_SECONDS

  key = secret.delete_prefix("whsec_").unpack1("m")
  signed = "#{headers["webhook-id"]}.#{timestamp}.#{body}"
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, signed)].pack("m0")
  fits = headers["webhook-signature"].to_s.split.any? do |signature|
    OpenSSL.secure_compare(expected, signature)
  end
  raise ArgumentError, "no signature fits" unless fits
end
