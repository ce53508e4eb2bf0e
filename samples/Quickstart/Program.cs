using System.CommandLine;
using UserNet.Samples.Quickstart;

var seed = new Option<int>("--seed")
{
    Description = "Where chance starts: the same seed gives the same ports.",
    DefaultValueFactory = _ => 7,
};
var pcap = new Option<string?>("--pcap") { Description = "Where to write what passed between the two hosts, as pcapng.", HelpName = "FILE" };
var command = new RootCommand("A tour of what UserNet can do, without root and without a device.") { seed, pcap };
command.SetAction(result => Tour.Run(Page.ForConsole(), result.GetValue(seed), result.GetValue(pcap)));
return command.Parse(args).Invoke();
