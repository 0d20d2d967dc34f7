//! How fast keys are made and messages signed; one JSON object, to be put beside `openssl speed`.

use std::time::{Duration, Instant};

use exoctl_certificate::{KeySize, NewCertificate, PrivateKey, Signer, SigningAlgorithm};
use exoctl_model::SystemClock;
use jiff::Span;
use serde_json::json;

const SPAN: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut made: Vec<f64> = Vec::new();
    for _ in 0..41 {
        let started = Instant::now();
        PrivateKey::generate(KeySize::Rsa2048)?;
        made.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    made.sort_by(f64::total_cmp);
    let mut result = json!({ "keygen_2048_median_ms": made[made.len() / 2] });
    for (bits, size) in [(2048, KeySize::Rsa2048), (4096, KeySize::Rsa4096)] {
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256] {
            let rate = signatures_a_second(size, algorithm)?;
            let name = algorithm.name().to_lowercase();
            result[format!("{name}_{bits}_per_second")] = json!(rate);
        }
    }
    write(&result)?;
    Ok(())
}

fn signatures_a_second(
    size: KeySize,
    algorithm: SigningAlgorithm,
) -> Result<f64, Box<dyn std::error::Error>> {
    let certificate = NewCertificate { key_size: size, ..NewCertificate::new("CN=speed".parse()?) };
    let key = certificate.self_signed(Span::new().days(1), &SystemClock)?;
    let message = [0x45; 600];
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < SPAN {
        key.sign(algorithm, &message)?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

fn write(value: &serde_json::Value) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{value}")
}
