using UserNet.Binding;

namespace UserNet.Facades.Wsk;

/// <summary>PEPROCESS, as far as WSK looks at it: whose security context counts when an address may be shared.</summary>
/// <param name="Caller">The context.</param>
/// <param name="Name">For people to read.</param>
public sealed record OwningProcess(Caller Caller, string Name = "System");

/// <summary>PETHREAD, as far as WSK looks at it: a thread that acts for somebody has that one's security context.</summary>
/// <param name="Process">Its process.</param>
/// <param name="Impersonated">For whom it acts; null for its process.</param>
public sealed record OwningThread(OwningProcess Process, Caller? Impersonated = null);
