"""Training of support vector machines. The only place that needs scikit-learn and scipy for them."""
