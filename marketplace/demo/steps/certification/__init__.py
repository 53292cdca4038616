"""Certification of the demo's products: `waves` says who goes when, `chain` how, `calendar` on which days."""

from marketplace.demo.steps.certification.waves import build

__all__ = ["build"]
