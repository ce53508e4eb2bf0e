using Xunit;

namespace UserNet.Tests.Infrastructure;

/// <summary>
/// Tests that run while no others do: they measure the process, or ask the running kernel, whose sockets a process that another
/// test starts would hold open for a moment.
/// </summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;
