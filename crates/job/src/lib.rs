//! What runs unattended: job files, schedules, policies, and what each promises.
