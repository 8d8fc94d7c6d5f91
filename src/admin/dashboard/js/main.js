// The pages come here.
